/** The rows of timelines side by side: each node of any run has one, at the same height in all of them. */

export interface SharedRows {
	readonly names: readonly string[];
	/** By run, the node of that run in each row; -1 where it has none. */
	readonly nodes: readonly Int32Array[];
}

/** Nodes by name, in the order in which they come up in the runs. */
export function sharedRows(runs: readonly { readonly nodes: readonly string[] }[]): SharedRows {
	const rows = new Map<string, number>();
	for (const { nodes } of runs) for (const name of nodes) if (!rows.has(name)) rows.set(name, rows.size);
	const nodes = runs.map((run) => {
		const of = new Int32Array(rows.size).fill(-1);
		for (const [node, name] of run.nodes.entries()) of[rows.get(name)!] = node;
		return of;
	});
	return { names: [...rows.keys()], nodes };
}

/** The rows by a value of each, the largest first; ties and rows without a value, NaN, in their order, the latter last. */
export function largestFirst({ names, nodes }: SharedRows, values: Float64Array): SharedRows {
	const worth = (row: number) => (Number.isNaN(values[row]!) ? Number.NEGATIVE_INFINITY : values[row]!);
	const order = Int32Array.from(values.keys()).sort((a, b) => {
		const [first, second] = [worth(a), worth(b)];
		return first === second ? a - b : second > first ? 1 : -1;
	});
	return {
		names: Array.from(order, (row) => names[row]!),
		nodes: nodes.map((of) => Int32Array.from(order, (row) => of[row]!)),
	};
}
