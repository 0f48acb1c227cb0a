/**
 * Measured CPU scenarios as golden cases. The model divides the capacity that other work left: CPUs minus what everything else and
 * the hypervisor took, medians; threads that are tied to CPUs go by the per-CPU form, with what each CPU gave to the scenario.
 * A leaf is equal within 0.02 CPU of the measured median, or within the measured spread. The counters of a quota are equal
 * within 10 %, for groups that are busy and alone: what a group next to others waits is part its quota's and part theirs.
 */

import { median } from "../../../src/metrics/median.js";
import { type CpuGrant, type CpuGroup, divideCpu } from "../../../src/node/cgroup/cpu-tree.js";
import { dividePerCpu } from "../../../src/node/cgroup/per-cpu.js";
import { throttling } from "../../../src/node/cgroup/throttle.js";
import { DEFAULT_PERIOD_US } from "../../../src/node/cgroup/weights.js";
import type { Comparison, Difference, GoldenCase } from "../suite.js";
import { type CpuScenario, type GoldenGroup, readCpuScenarios, type Spread } from "./cpu-golden.js";

const LEAF_TOLERANCE = 0.02;
const COUNTER_TOLERANCE = 0.1;
/** Windows of this length are not named. */
const USUAL_WINDOW_S = 3;

/** The CPU scenarios of a folder; those of another window than the usual have it in the name, `a07 over 20 s`. */
export function cpuCases(folder: string): readonly GoldenCase[] {
	return readCpuScenarios(folder).map((scenario) => {
		const windowS = Math.round(scenario.measured.window_s);
		const name = windowS === USUAL_WINDOW_S ? scenario.id : `${scenario.id} over ${windowS} s`;
		return { name, compare: () => compareScenario(scenario) };
	});
}

function compareScenario(scenario: CpuScenario): Comparison {
	const values = [...leafValues(scenario), ...counterValues(scenario)];
	const differences = values.flatMap(({ equal, path, expected, got }): Difference[] =>
		equal ? [] : [{ path, expected, got: Number(got.toPrecision(5)) }],
	);
	return { decisions: values.length, equal: values.length - differences.length, differences };
}

interface Compared {
	readonly path: string;
	readonly expected: Spread;
	readonly got: number;
	readonly equal: boolean;
}

function leafValues(scenario: CpuScenario): Compared[] {
	const granted = new Map(division(scenario).children.flatMap((child) => ownByPath(child, "")));
	return Object.entries(scenario.measured.leaf).map(([path, { share }]) => {
		const got = granted.get(path)!;
		const near = Math.abs(got - share.median) <= LEAF_TOLERANCE;
		return { path: `leaf.${path}`, expected: share, got, equal: near || (share.min <= got && got <= share.max) };
	});
}

function division(scenario: CpuScenario): CpuGrant {
	const { cpus, children, measured } = scenario;
	const root: CpuGroup = {
		name: "",
		weight: 1,
		quota: null,
		children: children.map(groupOf),
		threads: [],
	};
	const tied = children.flatMap(everyGroup).some(({ threads = [] }) => threads.some((each) => each.cpus));
	if (tied) return dividePerCpu(root, leftOnEachCpu(scenario));
	return divideCpu(root, cpus - measured.noise.other.median - measured.noise.steal.median);
}

/** What all threads of the scenario got on each CPU, the median over the runs. */
function leftOnEachCpu({ cpus, measured }: CpuScenario): number[] {
	const leaves = Object.values(measured.leaf);
	return Array.from({ length: cpus }, (_, cpu) => {
		const runs = leaves[0]!.per_cpu_runs.map((_, run) =>
			leaves.reduce((sum, leaf) => sum + (leaf.per_cpu_runs[run]?.[cpu] ?? 0), 0),
		);
		return median(runs);
	});
}

function groupOf({ name, shares, quota_us, period_us, burst_us, threads = [], children = [] }: GoldenGroup): CpuGroup {
	return {
		name,
		weight: shares,
		quota:
			quota_us === undefined
				? null
				: { quotaUs: quota_us, periodUs: period_us ?? DEFAULT_PERIOD_US, burstUs: burst_us ?? 0 },
		children: children.map(groupOf),
		threads: threads.map(({ n, demand, period_ms, cpus = null }) => ({
			count: n,
			demand,
			cpus,
			...(period_ms === undefined ? {} : { periodUs: period_ms * 1000 }),
		})),
	};
}

function ownByPath({ group, own, children }: CpuGrant, above: string): (readonly [string, number])[] {
	const path = `${above}${group.name}`;
	return [[path, own], ...children.flatMap((child) => ownByPath(child, `${path}/`))];
}

/** Counters of the group that is busy and alone, if there is one. */
function counterValues({ cpus, children, measured }: CpuScenario): Compared[] {
	const [alone] = children;
	const counted = alone && measured.throttle[alone.name];
	if (!alone || !counted || children.length > 1) return [];
	const below = everyGroup(alone).slice(1);
	const threads = [alone, ...below].flatMap((group) => groupOf(group).threads);
	const busy = threads.every(({ demand, cpus: tied }) => demand === 1 && tied === null);
	const { quota } = groupOf(alone);
	if (!busy || quota === null || below.some(({ quota_us }) => quota_us !== undefined)) return [];
	const group = { quota, threads, cpus, fairCpus: Number.POSITIVE_INFINITY };
	const { nrPeriods, nrThrottled, throttledUs } = throttling(group, measured.window_s * 1e6);
	const got = { nr_periods: nrPeriods, nr_throttled: nrThrottled, throttled_time: throttledUs * 1000 };
	return (["nr_periods", "nr_throttled", "throttled_time"] as const).map((name) => ({
		path: `throttle.${alone.name}.${name}`,
		expected: counted[name],
		got: got[name],
		equal: Math.abs(got[name] - counted[name].median) <= COUNTER_TOLERANCE * counted[name].median,
	}));
}

function everyGroup(group: GoldenGroup): GoldenGroup[] {
	return [group, ...(group.children ?? []).flatMap(everyGroup)];
}
