/**
 * Fragmentation gradient descent: a pod goes where it makes fragmentation grow least, or fall most. FGD of Weng et al., "Beware of
 * Fragmentation", USENIX ATC 2023, in the arithmetic of its simulator: the score is the sigmoid of the fall, in whole devices,
 * cut to a whole number of 0 to 100, so that many nodes are equal.
 */
import { FragmentationMeasure, type TypicalPod } from "../../cell/gpu-fragmentation.js";
import type { NodeId } from "../../cell/ids.js";
import { DEVICE_MILLI, MAX_DEVICES, type NodeColumns, TouchCursor } from "../../cell/node-columns.js";
import type { PodClass } from "../../objects/pod-class.js";
import { CPU } from "../../objects/resources.js";
import type { ScorePlugin } from "../plugin.js";
import type { ChooseDevices } from "../pod-by-pod.js";

/** The score, and the devices that it counts on. */
export interface FragmentationGradient {
	readonly score: ScorePlugin;
	readonly devices: ChooseDevices;
}

/** FGD for a workload with these typical pods; without any, all nodes are equal. */
export function fragmentationGradient(typical: readonly TypicalPod[]): FragmentationGradient {
	const gradient = new Gradient(typical);
	return {
		score: {
			name: "fgd",
			summary: "Prefers the node where fragmentation, as typical pods see it, grows least.",
			score(pod, { columns, id }) {
				gradient.follow(columns);
				return gradient.best(pod, columns, id).score;
			},
			scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
				gradient.follow(nodes);
				for (let i = 0; i < count; i++) scores[i]! += weight * gradient.best(pod, nodes, list[i]! as NodeId).score;
			},
		},
		devices(pod, nodes, node) {
			gradient.follow(nodes);
			return gradient.best(pod, nodes, node).devices;
		},
	};
}

interface Best {
	/** 0 to 100, 50 where fragmentation stays as it is. */
	score: number;
	/** Bit mask. */
	devices: number;
}

class Gradient {
	readonly #measure: FragmentationMeasure;
	/** By node of `#nodes`: its fragmentation as it is; NaN where that has to be found out. */
	#before = new Float64Array(0);
	#nodes: NodeColumns | null = null;
	#cursor = new TouchCursor();
	/** The devices of the node at hand, to try placements on. */
	readonly #free = new Int16Array(MAX_DEVICES);
	/** What `best` returns, again and again. */
	readonly #best: Best = { score: 0, devices: 0 };

	constructor(typical: readonly TypicalPod[]) {
		this.#measure = new FragmentationMeasure(typical);
	}

	/** The columns as they are now: to be called when they may have changed. */
	follow(nodes: NodeColumns): void {
		if (this.#nodes !== nodes || this.#before.length < nodes.count) {
			this.#nodes = nodes;
			this.#cursor = new TouchCursor();
			this.#before = new Float64Array(nodes.ready.length);
		}
		nodes.visitTouched(this.#cursor, (node) => {
			this.#before[node] = Number.NaN;
		});
	}

	/** For a pod that fits, in the columns that are followed. Valid until the next call. */
	best(pod: PodClass, nodes: NodeColumns, node: NodeId): Best {
		const devices = nodes.deviceCount[node]!;
		this.#free.set(nodes.deviceFree.subarray(node * MAX_DEVICES, node * MAX_DEVICES + devices));
		if (pod.gpuCount === 1 && pod.gpuMilli < DEVICE_MILLI) return this.#bestShare(pod, nodes, node);
		this.#best.devices = this.#takeFullest(pod, devices);
		this.#best.score = this.#scoreAfter(pod, nodes, node);
		return this.#best;
	}

	/** Part of one device: each that has room is tried. */
	#bestShare(pod: PodClass, nodes: NodeColumns, node: NodeId): Best {
		const best = this.#best;
		const free = this.#free;
		best.score = -1;
		for (let d = 0; d < nodes.deviceCount[node]!; d++) {
			const milli = free[d]!;
			// Of devices with the same room the first counts.
			if (milli < pod.gpuMilli || free.indexOf(milli) < d) continue;
			free[d] = milli - pod.gpuMilli;
			const score = this.#scoreAfter(pod, nodes, node);
			free[d] = milli;
			if (score <= best.score) continue;
			best.score = score;
			best.devices = 1 << d;
		}
		return best;
	}

	/** The score if the devices were left as `#free` has them. */
	#scoreAfter(pod: PodClass, nodes: NodeColumns, node: NodeId): number {
		let before = this.#before[node]!;
		if (Number.isNaN(before)) this.#before[node] = before = this.#measure.ofNode(nodes, node);
		const cpuMilli = nodes.free[CPU]![node]! - pod.request[CPU]!;
		const model = nodes.specs[node]!.gpu?.model ?? "";
		return scoreOf(before - this.#measure.of(cpuMilli, model, this.#free, 0, nodes.deviceCount[node]!));
	}

	/** Takes the pod's shares of the fullest devices that have room, the lower index among equals; which those are, as a mask. */
	#takeFullest({ gpuCount, gpuMilli }: PodClass, devices: number): number {
		let mask = 0;
		for (let taken = 0; taken < gpuCount; taken++) {
			let fullest = -1;
			for (let d = 0; d < devices; d++) {
				if ((mask >> d) & 1 || this.#free[d]! < gpuMilli) continue;
				if (fullest < 0 || this.#free[d]! < this.#free[fullest]!) fullest = d;
			}
			mask |= 1 << fullest;
			this.#free[fullest]! -= gpuMilli;
		}
		return mask;
	}
}

/** `fall`: by how much fragmentation falls, milli-GPU. */
function scoreOf(fall: number): number {
	return Math.trunc(100 * (1 / (1 + Math.exp(-fall / DEVICE_MILLI))));
}
