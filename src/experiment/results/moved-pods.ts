/** Which pods of two runs ended up on different nodes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { column, readBatches } from "../../metrics/sinks/read.js";

export interface Moves {
	/** Pods that both runs have, by name. */
	readonly pods: number;
	/** Those of them that are on another node in one than in the other, or have none in one, in the order of the first run. */
	readonly moved: readonly { readonly pod: string; readonly left: string | null; readonly right: string | null }[];
}

/** Compares the last nodes of pods by name; null unless both runs wrote the table `pods`. */
export async function movedPods(left: string, right: string): Promise<Moves | null> {
	const files = [left, right].map((folder) => join(folder, "pods.arrow"));
	if (!files.every((file) => existsSync(file))) return null;
	const [before, after] = [await nodesOf(files[0]!), await nodesOf(files[1]!)];
	let pods = 0;
	const moved: { pod: string; left: string | null; right: string | null }[] = [];
	for (const [pod, node] of before) {
		const other = after.get(pod);
		if (other === undefined) continue;
		pods++;
		if (other !== node) moved.push({ pod, left: node, right: other });
	}
	return { pods, moved };
}

/** The last node of each pod by its name, in the order of submission; a name that several pods have is left out. */
async function nodesOf(file: string): Promise<ReadonlyMap<string, string | null>> {
	const rows: { readonly pod: number; readonly name: string; readonly node: string | null }[] = [];
	for await (const batch of readBatches(file)) {
		const [pods, names, nodes] = ["pod", "name", "node"].map((name) => column(batch, name));
		names!.forEach((name, i) => {
			rows.push({ pod: pods![i] as number, name: name as string, node: nodes![i] as string | null });
		});
	}
	rows.sort((a, b) => a.pod - b.pod);
	const found = new Map<string, string | null>();
	const twice = new Set<string>();
	for (const { name, node } of rows) {
		if (found.has(name)) twice.add(name);
		found.set(name, node);
	}
	for (const name of twice) found.delete(name);
	return found;
}
