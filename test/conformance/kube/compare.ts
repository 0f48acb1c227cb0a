/** Compares what was decided with what the real scheduler decided: the first difference of each decision, and of the rest. */
import type { Comparison, Difference } from "../suite.js";
import type { Golden, Raw } from "./golden.js";

/** Fields that say where the data come from, and what is compared one by one. */
const APART = ["scenario", "kubernetesVersion", "decisions"];

export function compare(expected: Golden, got: Golden): Comparison {
	const differences: Difference[] = [];
	const decisions = Math.max(expected.decisions.length, got.decisions.length);
	let equal = 0;
	for (let i = 0; i < decisions; i++) {
		const pod = expected.decisions[i]?.["pod"] ?? "nothing";
		const found = firstDifference(
			normal(expected.decisions[i]),
			normal(got.decisions[i]),
			`decisions[${i}] (${String(pod)})`,
		);
		if (found === null) equal++;
		else differences.push(found);
	}
	for (const field of new Set([...Object.keys(expected), ...Object.keys(got)])) {
		const found = APART.includes(field) ? null : firstDifference(expected[field], got[field], field);
		if (found !== null) differences.push(found);
	}
	return { decisions, equal, differences };
}

/** Groups of rejected nodes are a set. */
function normal(decision: Raw | undefined): unknown {
	if (decision === undefined) return undefined;
	const rejected = decision["rejected"];
	if (!Array.isArray(rejected)) return decision;
	const groups = rejected.map((group) => JSON.stringify(group, ["plugin", "code", "reasons", "nodes"])).sort();
	return { ...decision, rejected: groups.map((group) => JSON.parse(group) as unknown) };
}

function firstDifference(expected: unknown, got: unknown, path: string): Difference | null {
	// Zero has a sign that JSON does not keep.
	if (expected === got) return null;
	if (Array.isArray(expected) && Array.isArray(got)) {
		for (let i = 0; i < Math.max(expected.length, got.length); i++) {
			const found = firstDifference(expected[i], got[i], `${path}[${i}]`);
			if (found !== null) return found;
		}
		return null;
	}
	if (isMap(expected) && isMap(got)) {
		for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
			const found = firstDifference(expected[key], got[key], `${path}.${key}`);
			if (found !== null) return found;
		}
		return null;
	}
	return { path, expected, got };
}

function isMap(value: unknown): value is Raw {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
