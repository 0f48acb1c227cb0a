/** Attempts of kube-scheduler as text: a table node x plugin each, and what a pending pod waits for. */
import type { KubernetesAttempt, NodeVerdict } from "../experiment/results/kubernetes-attempts.js";
import { type Column, plainTable } from "./text-table.js";

/**
 * All attempts, with at most `nodes` lines of nodes each. Vain attempts one after the other that came to the same are shown once.
 */
export function kubernetesAttemptsText(
	attempts: readonly KubernetesAttempt[],
	nodes: number,
	instant: (us: number) => string,
): string {
	return attempts
		.flatMap((attempt, i) => {
			const next = attempts[i + 1];
			if (next !== undefined && isRepeated(attempt, next)) return [];
			let first = i;
			while (first > 0 && isRepeated(attempts[first - 1]!, attempt)) first--;
			const number = first === i ? `Attempt ${i + 1}` : `Attempts ${first + 1} to ${i + 1}, the last`;
			return [`\n${number} at ${instant(attempt.timeUs)}, ${kubernetesAttemptText(attempt, nodes)}`];
		})
		.join("");
}

/** One attempt: by whom, how it ended, and at most so many lines of nodes. */
export function kubernetesAttemptText(attempt: KubernetesAttempt, nodes: number): string {
	return `${headOf(attempt)}\n${tableOf(attempt, nodes)}${endOf(attempt)}`;
}

function isRepeated(a: KubernetesAttempt, b: KubernetesAttempt): boolean {
	return a.message !== null && a.message === b.message && a.preemption === null && b.preemption === null;
}

function headOf({ scheduler, profile, chosen, feasible, nodes, unexamined }: KubernetesAttempt): string {
	const looked = unexamined > 0 ? ` (${unexamined} not looked at)` : "";
	const result = chosen === null ? "no node" : `node ${chosen}`;
	return `by ${scheduler}, profile ${profile}: ${result}; ${feasible} of ${nodes} nodes feasible${looked}`;
}

/** Feasible nodes line by line, the others by what was said of them. */
function tableOf({ verdicts, weights }: KubernetesAttempt, limit: number): string {
	const feasible = verdicts.filter(({ rejectedBy }) => rejectedBy === null);
	const rejected = alike(verdicts.filter(({ rejectedBy }) => rejectedBy !== null));
	if (limit === 0 || verdicts.length === 0) return "";
	// Half for each kind, and what one does not need is the other's.
	const forRejected = Math.min(rejected.length, Math.max(Math.floor(limit / 2), limit - feasible.length));
	const shown = feasible.slice(0, limit - forRejected);
	const plugins = Object.keys(weights);
	const columns: Column[] = [
		{ title: "node", align: "left" },
		...(shown.length > 0 ? [{ title: "total", align: "right" } as const] : []),
		...plugins.map((plugin): Column => ({ title: `${plugin} x${weights[plugin]}`, align: "right" })),
		{ title: "rejected by", align: "left" },
	];
	const rows = [
		...shown.map(({ node, total, scores }) => [
			node,
			total === null ? "only one" : String(total),
			...plugins.map((plugin) => {
				const { raw, normalized, weighted } = scores[plugin]!;
				return `${raw}/${normalized}/${weighted}`;
			}),
			"",
		]),
		...rejected
			.slice(0, forRejected)
			.map(({ first, nodes }) => [
				nodes === 1 ? first.node : `${first.node} and ${nodes - 1} more`,
				...(shown.length > 0 ? [""] : []),
				...plugins.map(() => ""),
				`${first.rejectedBy}: ${first.reasons.join(", ")}`,
			]),
	];
	const hidden = feasible.length - shown.length + sum(rejected.slice(forRejected).map(({ nodes }) => nodes));
	const legend = shown.length > 0 && plugins.length > 0 ? "scores are raw/normalized/weighted\n" : "";
	return `${plainTable(columns, rows)}${hidden > 0 ? `... and ${hidden} nodes more (--nodes shows more lines)\n` : ""}${legend}`;
}

interface Alike {
	readonly first: NodeVerdict;
	nodes: number;
}

/** Nodes that were turned down by one plugin for the same reasons, the most frequent first. */
function alike(rejected: readonly NodeVerdict[]): readonly Alike[] {
	const groups = new Map<string, Alike>();
	for (const verdict of rejected) {
		const key = [verdict.rejectedBy, ...verdict.reasons].join("\n");
		const group = groups.get(key);
		if (group === undefined) groups.set(key, { first: verdict, nodes: 1 });
		else group.nodes++;
	}
	// The sort is stable.
	return [...groups.values()].sort((a, b) => b.nodes - a.nodes);
}

function endOf({ message, preemption, wakes }: KubernetesAttempt): string {
	const victims = preemption === null ? "" : `stops ${preemption.victims.join(", ")} on ${preemption.node}\n`;
	const changes = wakes.map(({ plugin, changes }) => `  ${plugin}: ${changes}\n`).join("");
	const waits = changes === "" ? "" : `It is tried again when\n${changes}`;
	return `${message === null ? "" : `${message}\n`}${victims}${waits}`;
}

function sum(counts: readonly number[]): number {
	return counts.reduce((total, count) => total + count, 0);
}
