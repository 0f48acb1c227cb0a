/**
 * How much of a node's idle GPU the pods that one expects cannot use: the fragmentation measure of Weng et al., "Beware of
 * Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent", USENIX ATC 2023.
 *
 * The pods that one expects are the typical pods of a workload, each with its share. For each of them all idle GPU of a node is a
 * fragment if the pod does not fit there, and what lies on devices too full for it is if the pod fits. The fragmentation of the node
 * is the mean over the typical pods. Memory is not looked at.
 *
 * Pods without GPU can use no GPU at all, so that their share of what is idle always counts as a fragment, also in an empty cell.
 *
 * `fragmentation` is the definition; `FragmentationMeasure` gives the same number, to the last bit, for rows of columns.
 */
import { CPU } from "../objects/resources.js";
import type { PodSpec } from "../objects/spec.js";
import type { NodeId } from "./ids.js";
import { MAX_DEVICES, type NodeColumns } from "./node-columns.js";

/** What a pod asks for, as far as the measure looks at it. */
export interface GpuShape {
	readonly cpuMilli: number;
	/** Devices, and milli of each; 0 and 0 without GPU. */
	readonly gpuCount: number;
	readonly gpuMilli: number;
	/** Accepted card models; empty accepts any. */
	readonly models: readonly string[];
}

/** A shape and how many pods of a workload have it. */
export interface CountedShape extends GpuShape {
	readonly pods: number;
}

/** A shape and its share among the typical pods; the shares add up to 1. */
export interface TypicalPod extends GpuShape {
	readonly share: number;
}

/** The shapes of pods, each with the number of pods that have it, in order of first occurrence. */
export function countShapes(pods: Iterable<PodSpec>): readonly CountedShape[] {
	const counts = new Map<string, { -readonly [Field in keyof CountedShape]: CountedShape[Field] }>();
	for (const { requests, gpu } of pods) {
		const shape: GpuShape = {
			cpuMilli: requests["cpu"] ?? 0,
			gpuCount: gpu?.count ?? 0,
			gpuMilli: gpu?.milli ?? 0,
			models: gpu?.models ?? [],
		};
		const key = `${shape.cpuMilli} ${shape.gpuCount} ${shape.gpuMilli} ${modelsText(shape)}`;
		const known = counts.get(key);
		if (known) known.pods++;
		else counts.set(key, { ...shape, pods: 1 });
	}
	return [...counts.values()];
}

/** Of all pods, how many the typical ones stand for at least. */
const COVERED = 0.95;

/**
 * The most frequent shapes of a workload, until they stand for 95 % of its pods, the most frequent first. Of equally frequent
 * ones the one with more cpu, then more of each device, then more devices comes first, then the later models in order of text.
 * Each shape is given once.
 */
export function typicalPods(shapes: readonly CountedShape[]): readonly TypicalPod[] {
	const sorted = [...shapes].sort(
		(a, b) =>
			b.pods - a.pods ||
			b.cpuMilli - a.cpuMilli ||
			b.gpuMilli - a.gpuMilli ||
			b.gpuCount - a.gpuCount ||
			(modelsText(a) < modelsText(b) ? 1 : -1),
	);
	const total = sorted.reduce((sum, { pods }) => sum + pods, 0);
	const typical: CountedShape[] = [];
	let covered = 0;
	for (const shape of sorted) {
		if (covered >= COVERED * total) break;
		typical.push(shape);
		covered += shape.pods;
	}
	return typical.map(({ pods, ...shape }) => ({ ...shape, share: pods / total / (covered / total) }));
}

/** The accepted models as traces write them: "A|B". */
function modelsText({ models }: Pick<GpuShape, "models">): string {
	return models.join("|");
}

/** What a node has left. */
export interface IdleGpu {
	readonly cpuMilli: number;
	/** Card model; "" where nobody says. */
	readonly model: string;
	/** Milli free by device. */
	readonly devices: readonly number[];
}

/** Why idle GPU is of no use to a pod, in the order in which the paper's simulator adds them up; `q3-satisfied` is of use. */
export const FRAGMENT_CLASSES = [
	/** The pod lacks both devices and cpu. */
	"q1-lack-both",
	/** Devices with too little left, whether or not there are enough others. */
	"q2-lack-gpu",
	/** On devices that the pod could take: no fragment. */
	"q3-satisfied",
	/** The pod lacks cpu. */
	"q4-lack-cpu",
	/** The pod asks for no GPU, and its cpu is there. */
	"xl-satisfied",
	/** The pod asks for no GPU, and lacks cpu. */
	"xr-lack-cpu",
	/** The pod does not accept the card model. */
	"no-access",
] as const;
export type FragmentClass = (typeof FRAGMENT_CLASSES)[number];

/** The fragmentation of a node, milli-GPU: the idle GPU that the typical pods cannot use, each by its share. */
export function fragmentation(node: IdleGpu, typical: readonly TypicalPod[]): number {
	const amounts = new Map<FragmentClass, number>();
	for (const pod of typical) {
		for (const [fragment, milli] of fragmentsFor(node, pod))
			amounts.set(fragment, (amounts.get(fragment) ?? 0) + pod.share * milli);
	}
	let sum = 0;
	for (const fragment of FRAGMENT_CLASSES) if (fragment !== "q3-satisfied") sum += amounts.get(fragment) ?? 0;
	return sum;
}

/** All idle GPU of the node by what it is to the pod. */
function fragmentsFor(
	{ cpuMilli, model, devices }: IdleGpu,
	pod: GpuShape,
): readonly (readonly [FragmentClass, number])[] {
	const idle = sum(devices);
	const cpuFits = cpuMilli >= pod.cpuMilli;
	if (pod.gpuCount === 0) return [[cpuFits ? "xl-satisfied" : "xr-lack-cpu", idle]];
	if (pod.models.length > 0 && !pod.models.includes(model)) return [["no-access", idle]];
	const fitting = devices.filter((milli) => milli >= pod.gpuMilli);
	if (fitting.length < pod.gpuCount) return [[cpuFits ? "q2-lack-gpu" : "q1-lack-both", idle]];
	if (!cpuFits) return [["q4-lack-cpu", idle]];
	return [
		["q2-lack-gpu", idle - sum(fitting)],
		["q3-satisfied", sum(fitting)],
	];
}

function sum(amounts: readonly number[]): number {
	return amounts.reduce((total, amount) => total + amount, 0);
}

const ACCEPTED = 1;

/** The measure for many nodes: typical pods as columns, devices compared once with each distinct share. */
export class FragmentationMeasure {
	readonly typical: readonly TypicalPod[];
	/** By typical pod. */
	readonly #share: Float64Array;
	readonly #cpuMilli: Float64Array;
	readonly #gpuCount: Uint8Array;
	/** By typical pod: its share of a device, as a position in `#levels`. */
	readonly #level: Uint16Array;
	/** Distinct shares of a device that typical pods ask for, milli. */
	readonly #levels: readonly number[];
	/** By level: devices that have so much left, and what is left on the others. */
	readonly #fitting: Uint8Array;
	readonly #below: Float64Array;
	/** By card model: which typical pods accept it. */
	readonly #accepts = new Map<string, Uint8Array>();

	constructor(typical: readonly TypicalPod[]) {
		this.typical = typical;
		this.#share = Float64Array.from(typical, ({ share }) => share);
		this.#cpuMilli = Float64Array.from(typical, ({ cpuMilli }) => cpuMilli);
		this.#gpuCount = Uint8Array.from(typical, ({ gpuCount }) => gpuCount);
		this.#levels = [...new Set(typical.map(({ gpuMilli }) => gpuMilli))];
		this.#level = Uint16Array.from(typical, ({ gpuMilli }) => this.#levels.indexOf(gpuMilli));
		this.#fitting = new Uint8Array(this.#levels.length);
		this.#below = new Float64Array(this.#levels.length);
	}

	/** The fragmentation of a node as the columns have it, milli-GPU. */
	ofNode(nodes: NodeColumns, node: NodeId): number {
		const devices = nodes.deviceCount[node]!;
		if (devices === 0) return 0;
		const model = nodes.specs[node]!.gpu!.model;
		return this.of(nodes.free[CPU]![node]!, model, nodes.deviceFree, node * MAX_DEVICES, devices);
	}

	/** The fragmentation of a node with this much cpu and these devices left: `count` of `free`, from `first` on. */
	of(cpuMilli: number, model: string, free: Int16Array, first: number, count: number): number {
		const idle = this.#compare(free, first, count);
		if (idle === 0) return 0;
		const accepts = this.#accepts.get(model) ?? this.#acceptedBy(model);
		const [share, needsCpu, gpuCount, level] = [this.#share, this.#cpuMilli, this.#gpuCount, this.#level];
		const [fitting, below] = [this.#fitting, this.#below];
		let [lackBoth, lackGpu, lackCpu, cpuOnly, cpuOnlyLacks, noAccess] = [0, 0, 0, 0, 0, 0];
		for (let t = 0; t < share.length; t++) {
			const weight = share[t]!;
			const devices = gpuCount[t]!;
			const cpuFits = cpuMilli >= needsCpu[t]!;
			if (devices === 0) {
				if (cpuFits) cpuOnly += weight * idle;
				else cpuOnlyLacks += weight * idle;
			} else if (accepts[t] !== ACCEPTED) noAccess += weight * idle;
			else if (fitting[level[t]!]! < devices) {
				if (cpuFits) lackGpu += weight * idle;
				else lackBoth += weight * idle;
			} else if (cpuFits) lackGpu += weight * below[level[t]!]!;
			else lackCpu += weight * idle;
		}
		return lackBoth + lackGpu + lackCpu + cpuOnly + cpuOnlyLacks + noAccess;
	}

	/** Fills `#fitting` and `#below`; what is idle in all. */
	#compare(free: Int16Array, first: number, count: number): number {
		let idle = 0;
		for (let d = first; d < first + count; d++) idle += free[d]!;
		for (let l = 0; l < this.#levels.length; l++) {
			const milli = this.#levels[l]!;
			let fitting = 0;
			let below = 0;
			for (let d = first; d < first + count; d++) {
				if (free[d]! >= milli) fitting++;
				else below += free[d]!;
			}
			this.#fitting[l] = fitting;
			this.#below[l] = below;
		}
		return idle;
	}

	#acceptedBy(model: string): Uint8Array {
		const accepts = Uint8Array.from(this.typical, ({ models }) =>
			models.length === 0 || models.includes(model) ? ACCEPTED : 0,
		);
		this.#accepts.set(model, accepts);
		return accepts;
	}
}
