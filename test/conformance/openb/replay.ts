/** The course of the FGD study: pods come one by one and stay for ever; who finds no node is dropped. */
import { Cell } from "../../../src/cell/cell.js";
import { countShapes, typicalPods } from "../../../src/cell/gpu-fragmentation.js";
import { Snapshot } from "../../../src/cell/snapshot.js";
import { type Random, SeededRandomSource } from "../../../src/engine/random.js";
import { GpuFragmentation } from "../../../src/metrics/gpu-fragmentation.js";
import type { NodeSpec, PodSpec } from "../../../src/objects/spec.js";
import { writtenShapes } from "../../../src/scheduling/gpu/typical-pods-schema.js";
import { schedulers } from "../../../src/scheduling/schedulers/index.js";

/** cellsim's schedulers by the study's names, but for the one that draws. */
export const POLICIES: ReadonlyMap<string, string> = new Map([
	["DotProd", "gpu-dot-product"],
	["GpuClustering", "gpu-clustering"],
	["GpuPacking", "gpu-packing"],
	["BestFit", "gpu-best-fit"],
	["FGD", "fgd"],
]);

/** The study's name for `gpu-random`. */
export const RANDOM = "Random";

export interface Input {
	/** In the order in which ties go to them. */
	readonly nodes: readonly NodeSpec[];
	/** The list by name: typical pods are those of the list, whatever arrives. */
	readonly pods: ReadonlyMap<string, PodSpec>;
	readonly arrivals: readonly string[];
	/** What the policy draws from, if it draws. */
	readonly random?: Random;
}

/** What is there after an arrival. */
export interface Event {
	/** Null if the pod was dropped. */
	readonly node: string | null;
	/** Indexes. */
	readonly devices: readonly number[];
	readonly usedMilli: number;
	readonly arrivedMilli: number;
	readonly fragmentedMilli: number;
}

/** Lets a policy, by the study's name, place everything; the measurements at the end. */
export function replay(
	policy: string,
	{ nodes, pods, arrivals, random = new SeededRandomSource("1").stream("unused") }: Input,
	hear: (event: Event) => void,
): GpuFragmentation {
	const clock = { nowUs: 0 };
	const cell = new Cell(clock);
	const shapes = countShapes(pods.values());
	const measured = new GpuFragmentation(cell, 0, typicalPods(shapes));
	for (const node of nodes) cell.addNode(node);
	const snapshot = Snapshot.inPlace(cell, cell.nodes);
	const definition = schedulers.all.get(policy === RANDOM ? "gpu-random" : POLICIES.get(policy)!)!;
	const params = policy === "FGD" ? { typicalPods: writtenShapes(shapes) } : {};
	const scheduler = definition.create(definition.params?.parse(params));
	for (const name of arrivals) {
		clock.nowUs++;
		const pod = { name, spec: pods.get(name)!, ...STAYS };
		const job = cell.submit({ timeUs: clock.nowUs, name, pods: [pod], gang: false });
		const { placements } = scheduler.decide([cell.pod(job.pending[0]!)], snapshot, random);
		snapshot.end();
		if (placements.length === 0) cell.abandonJob(job);
		else cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "all-or-nothing" });
		measured.attempted();
		const { allocatedMilli: usedMilli, arrivedMilli, fragmentedMilli } = measured.now;
		const [placed] = placements;
		hear({
			node: placed ? cell.node(placed.node).name : null,
			devices: indexes(placed?.devices ?? 0),
			usedMilli,
			arrivedMilli,
			fragmentedMilli,
		});
	}
	return measured;
}

const STAYS = {
	durationUs: Number.POSITIVE_INFINITY,
	exit: "succeeded",
	cpuUsageFraction: 1,
	memoryUsageFraction: 1,
	observedStartUs: Number.NaN,
	censored: false,
} as const;

function indexes(mask: number): readonly number[] {
	return [...mask.toString(2)].reverse().flatMap((bit, device) => (bit === "1" ? [device] : []));
}
