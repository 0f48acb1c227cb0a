import { z } from "zod";
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import { containsLabels } from "../../objects/selector.js";
import { defineArchitecture } from "../architecture.js";
import { dealtAt } from "../dealing.js";
import { commitTo, decisionLoop, presentViews } from "../decision-loop.js";

const slice = z.union([
	z.number().positive().max(1).describe("A share of the nodes, dealt out evenly in order of addition"),
	z.strictObject({
		matchLabels: z
			.record(z.string(), z.string())
			.refine((labels) => Object.keys(labels).length > 0, { error: "needs at least one label" })
			.describe("The nodes with all these labels"),
	}),
]);
type Slice = z.output<typeof slice>;

/**
 * The cell cut into slices, one for each scheduler, as separate clusters for separate frameworks (Omega paper, section 3.2).
 * Each scheduler is alone in its slice, so nothing conflicts; a job that does not fit its slice waits, whatever is free
 * elsewhere. Replicas of one scheduler would conflict, so each has one process.
 */
export const staticPartition = defineArchitecture({
	name: "static-partition",
	summary: "Each scheduler has its own slice of the nodes; nothing conflicts, and nothing is shared.",
	params: z.strictObject({
		slices: z.record(z.string(), slice).describe("By scheduler: a fraction of the nodes, or the labels of its nodes"),
	}),
	refuses({ slices }, processes) {
		const names = Object.keys(slices);
		for (const { name, entry } of processes) {
			if (name !== entry)
				return `each scheduler of a static partition has one process: set replicas of '${entry}' to 1`;
			if (slices[entry] === undefined) return `scheduler '${entry}' has no slice: add it to the slices`;
		}
		const unknown = names.find((name) => !processes.some(({ entry }) => entry === name));
		if (unknown !== undefined) return `the slice '${unknown}' belongs to no scheduler`;
		const sum = Object.values(slices).reduce<number>((total, part) => total + (typeof part === "number" ? part : 0), 0);
		return sum > 1 + 1e-9 ? `the fractions of the slices sum to ${sum}, which is more than 1` : null;
	},
	create({ slices }, context) {
		const { cell } = context;
		const inSlice = membership(cell, slices);
		return decisionLoop(context, {
			begin: presentViews(context, ({ entry }, node) => inSlice(entry, node)),
			commit: commitTo(cell, "fit", "incremental"),
		});
	},
});

/** A node belongs to the fraction in which the number falls that it is dealt. Labels go before fractions. */
function membership(cell: Cell, slices: Readonly<Record<string, Slice>>): (entry: string, node: NodeId) => boolean {
	const labelled = Object.entries(slices).filter((entry) => typeof entry[1] !== "number");
	const bounds: { readonly entry: string; readonly from: number; readonly to: number }[] = [];
	let from = 0;
	for (const [entry, part] of Object.entries(slices)) {
		if (typeof part !== "number") continue;
		bounds.push({ entry, from, to: from + part });
		from += part;
	}
	const ownerOf = (node: NodeId): string | null => {
		const { labels } = cell.nodes.specs[node]!;
		for (const [entry, part] of labelled)
			if (typeof part !== "number" && containsLabels(labels, part.matchLabels)) return entry;
		const at = dealtAt(node);
		return bounds.find((bound) => at >= bound.from && at < bound.to)?.entry ?? null;
	};
	return (entry, node) => ownerOf(node) === entry;
}
