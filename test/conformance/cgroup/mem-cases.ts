/**
 * The measured memory scenarios as golden cases: who is killed in which order, how far processes come, how full groups get, and
 * in which group the kernel counted its kills.
 */
import type { Comparison, Difference, Exception, GoldenCase } from "../suite.js";
import { MB, type MemoryOutcome, replayMemory } from "./mem-replay.js";
import { type MemoryScenario, readMemoryScenarios } from "./mem-scenario.js";

/** What the model, which is cgroup v2, does otherwise than the measured cgroup v1. */
export const memoryExceptions: readonly Exception[] = [
	{
		case: "m23",
		first: "set_limit",
		cause: "version 1 refuses a limit below anonymous memory (EBUSY); version 2 takes it and kills",
	},
	{
		case: "m25",
		first: "killed[0]",
		cause: "only version 1 can stop processes at the limit (oom_kill_disable); version 2 kills",
	},
];

/** The cases of a folder. InputError for data that cannot be read. */
export function memoryCases(folder: string): readonly GoldenCase[] {
	return readMemoryScenarios(folder).map((scenario) => ({
		name: scenario.id,
		compare: () => compareMemory(scenario, replayMemory(scenario)),
	}));
}

/** Amounts may be off by 1 % or 2 MB. */
export function compareMemory(scenario: MemoryScenario, outcome: MemoryOutcome): Comparison {
	const { killed, set_limit, groups, progress_mb } = scenario.measured;
	const differences: Difference[] = [];
	let decisions = 0;
	const decide = (path: string, expected: unknown, got: unknown, equal = expected === got) => {
		decisions++;
		if (!equal) differences.push({ path, expected, got });
	};
	if (set_limit?.[0] !== undefined) decide("set_limit", set_limit[0], "ok");
	const victims = mostFrequent(killed);
	for (let i = 0; i < Math.max(victims.length, outcome.killed.length); i++) {
		decide(`killed[${i}]`, victims[i], outcome.killed[i]);
	}
	for (const [process, kinds] of Object.entries(progress_mb)) {
		for (const [kind, { median }] of Object.entries(kinds)) {
			const got = outcome.reachedMb[process]?.[kind] ?? 0;
			decide(`reached_mb.${process}.${kind}`, median, got, isClose(median * MB, got * MB));
		}
	}
	for (const [name, { max_usage, oom_kill }] of Object.entries(groups)) {
		const got = outcome.groups[name]!;
		decide(`oom_kill.${name}`, oom_kill.median, got.kills);
		if (!isTellingUsage(scenario, name, max_usage.median)) continue;
		decide(`max_usage.${name}`, max_usage.median, got.maxUsage, isClose(max_usage.median, got.maxUsage));
	}
	return { decisions, equal: decisions - differences.length, differences };
}

/** The list that most runs gave, of equals the first. */
function mostFrequent(runs: readonly (readonly string[])[]): readonly string[] {
	const texts = runs.map((run) => run.join(" "));
	const count = (text: string) => texts.filter((other) => other === text).length;
	return runs[texts.reduce((best, text, i) => (count(text) > count(texts[best]!) ? i : best), 0)]!;
}

/** Below its limit, a group with page cache is as full as the kernel liked to read ahead: only at the limit its usage says anything. */
function isTellingUsage({ groups, procs }: MemoryScenario, name: string, measured: number): boolean {
	const limit = groups.find((group) => group.name === name)?.limit_mb ?? null;
	const isBelow = (group: string): boolean =>
		group === name || (group !== "" && isBelow(groups.find((other) => other.name === group)?.parent ?? ""));
	const reads = procs.some(
		({ group, steps }) => isBelow(group) && steps.some(({ verb }) => verb === "read" || verb === "write"),
	);
	return !reads || (limit !== null && isClose(limit * MB, measured));
}

function isClose(expected: number, got: number): boolean {
	return Math.abs(expected - got) <= Math.max(2 * MB, expected / 100);
}
