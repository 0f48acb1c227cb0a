/** Where a comparison went worst: the seed with the largest loss, and its pods whose waits changed most. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Cell } from "../../metrics/sinks/memory.js";
import { column, readBatches } from "../../metrics/sinks/read.js";
import type { ComparedMetric } from "./compare.js";
import type { Pair } from "./pairs.js";
import { runName } from "./run-folder.js";
import type { RunRow } from "./runs-table.js";

export interface Worst {
	readonly metric: string;
	readonly variant: string;
	readonly seed: string;
	/** Values on that seed. */
	readonly before: number;
	readonly after: number;
	/** Names of the two runs, as commands take them. */
	readonly runs: readonly [base: string, candidate: string];
	/** By how much their waits changed, the most first; null where one of the runs has no table `pods`. */
	readonly pods: readonly MovedWait[] | null;
}

export interface MovedWait {
	readonly pod: string;
	/** Pending times, microseconds; null for a pod that never got a node. */
	readonly before: number | null;
	readonly after: number | null;
}

/**
 * For each compared metric that moved: the seed on which it got worse by most, or, where no direction is better, changed most; with so
 * many pods.
 */
export async function worstSeeds(
	rows: readonly ComparedMetric[],
	pairs: readonly Pair[],
	pods: number,
): Promise<readonly Worst[]> {
	const found: Worst[] = [];
	for (const { metric, variant, better, verdict } of rows) {
		const pair = pairs.find((other) => other.variant === variant);
		if (pair === undefined || verdict === "equal") continue;
		const loss = ({ before, after }: Values) =>
			better === null ? Math.abs(after - before) : better === "lower" ? after - before : before - after;
		const [worst] = valuesOf(metric, pair).sort((a, b) => loss(b) - loss(a));
		if (worst === undefined) continue;
		const { base, candidate, before, after } = worst;
		const runs = [nameOf(base), nameOf(candidate)] as const;
		found.push({
			metric,
			variant,
			seed: base.seed,
			before,
			after,
			runs,
			pods: await movedWaits(base, candidate, pods),
		});
	}
	return found;
}

interface Values {
	readonly base: RunRow;
	readonly candidate: RunRow;
	readonly before: number;
	readonly after: number;
}

function valuesOf(metric: string, { base, candidate }: Pair): Values[] {
	const others = new Map(candidate.map((run) => [run.seed, run]));
	return base.flatMap((run) => {
		const other = others.get(run.seed);
		const [before, after] = [run.metrics.get(metric), other?.metrics.get(metric)];
		return other === undefined || before === undefined || after === undefined
			? []
			: [{ base: run, candidate: other, before, after }];
	});
}

function nameOf({ folder, variant, seed }: RunRow): string {
	return join(folder, runName({ label: variant, seed }));
}

async function movedWaits(base: RunRow, candidate: RunRow, count: number): Promise<Worst["pods"]> {
	const files = [base, candidate].map(({ folder, run }) => join(folder, run, "pods.arrow"));
	if (!files.every((file) => existsSync(file))) return null;
	const [before, after] = [await waitsOf(files[0]!), await waitsOf(files[1]!)];
	const moved = [...before].flatMap(([pod, wait]): MovedWait[] => {
		const other = after.get(pod);
		return other === undefined || other === wait ? [] : [{ pod, before: wait, after: other }];
	});
	// A pod that never got a node waits longer than any that did. Ties in the order of the base's table.
	const change = ({ before, after }: MovedWait) =>
		Math.abs((after ?? Number.MAX_SAFE_INTEGER) - (before ?? Number.MAX_SAFE_INTEGER));
	return moved.sort((a, b) => change(b) - change(a)).slice(0, count);
}

/** Pending times by name; of several pods of one name the last. */
async function waitsOf(file: string): Promise<ReadonlyMap<string, number | null>> {
	const waits = new Map<string, number | null>();
	for await (const rows of readBatches(file, ["name", "pending_time_us"])) {
		const times: readonly Cell[] = column(rows, "pending_time_us");
		column(rows, "name").forEach((name, row) => {
			waits.set(name as string, times[row] as number | null);
		});
	}
	return waits;
}
