/** A decision as text: what its scheduler made of the nodes that are in question. */
import type { ExplainedDecision } from "../experiment/results/decisions.js";
import { formatInstant } from "../experiment/results/instant.js";
import type { KubernetesAttempt } from "../experiment/results/kubernetes-attempts.js";
import { formatQuantity } from "../objects/quantity.js";
import { kubernetesAttemptText } from "./kubernetes-attempts-text.js";
import { type Column, plainTable } from "./text-table.js";

/** Why a run took the node that it took, and not the other's. */
export function decisionText(run: string, decision: ExplainedDecision): string {
	const { pod, scheduler, beginUs, chosen, requests, opinions, kubernetes } = decision;
	const head = `\nThe ${run} run's decision about ${pod}, begun ${formatInstant(beginUs)}, `;
	if (kubernetes !== null) return head + kubernetesText(kubernetes, new Set(opinions.map(({ node }) => node)));
	const result = `by ${scheduler}: ${chosen === null ? "no node" : `node ${chosen}`}\n`;
	const resources = Object.keys(requests).filter((resource) => resource !== "pods");
	const plugins = opinions.find(({ scores }) => scores.length > 0)?.scores ?? [];
	const rejected = opinions.some(({ rejectedBy }) => rejectedBy !== null);
	const columns: Column[] = [
		{ title: "node", align: "left" },
		...(plugins.length > 0 ? [{ title: "total", align: "right" } as const] : []),
		...plugins.map(({ plugin, weight }): Column => ({ title: `${plugin} x${weight}`, align: "right" })),
		...resources.map((resource): Column => ({ title: `${resource} free`, align: "right" })),
		...(rejected ? [{ title: "rejected by", align: "left" } as const] : []),
	];
	const rows = opinions.map(({ node, total, scores, free, rejectedBy, reasons }) => [
		node,
		...(plugins.length > 0 ? [total === null ? "-" : short(total)] : []),
		...plugins.map((_, i) => (scores[i] ? short(scores[i].score) : "-")),
		...resources.map((resource) => formatQuantity(free[resource] ?? 0, resource)),
		...(rejected ? [rejectedBy === null ? "" : `${rejectedBy}: ${reasons.join(", ")}`] : []),
	]);
	return `${head}${result}${rows.length === 0 ? "" : plainTable(columns, rows)}`;
}

/** Of all that it found out, what it made of the nodes in question. */
function kubernetesText(attempt: KubernetesAttempt, inQuestion: ReadonlySet<string>): string {
	const verdicts = attempt.verdicts.filter(({ node }) => inQuestion.has(node));
	const looked = new Set(verdicts.map(({ node }) => node));
	const unseen = [...inQuestion].filter((node) => !looked.has(node)).map((node) => `${node} was not looked at\n`);
	return kubernetesAttemptText({ ...attempt, verdicts }, inQuestion.size) + unseen.join("");
}

function short(score: number): string {
	return String(Number(score.toPrecision(4)));
}
