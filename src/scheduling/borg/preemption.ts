/**
 * Who makes room for whom (Borg paper, section 2.5 and 3.2): a task may stop tasks of lower priority, "from lowest to highest priority",
 * until it fits, and production does not stop production, since one eviction would bring about the next. Monitoring counts as production.
 *
 * Divergence from Borg: of equal priority the one that came last goes first, as it loses least. The paper does not say which; nor that a
 * victim which turns out not to be needed, once others have gone, stays after all, the most important first.
 */
import type { NodeId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import { Trial } from "../../cell/trial.js";
import type { PodClass } from "../../objects/pod-class.js";
import { isProduction, PRODUCTION_PRIORITY } from "../../objects/priority-band.js";
import { CPU, MEMORY, PODS, type ResourceIndex } from "../../objects/resources.js";

export const PRODUCTION_RULES = ["forbidden", "allowed"] as const;
/** Whether production may stop production of lower priority: never in Borg; allowed, to see what comes of it. */
export type ProductionRule = (typeof PRODUCTION_RULES)[number];

/** Whether a pod of the one class may stop one of the other. */
export function mayStop(pod: PodClass, other: PodClass, inProduction: ProductionRule = "forbidden"): boolean {
	const { priority, demands } = pod.spec.facts;
	const theirs = other.spec.facts.priority;
	const spared = inProduction === "forbidden" && isProduction(priority) && isProduction(theirs);
	return theirs < priority && !spared && demands?.preempts !== false;
}

/** What is known of a node's list of pods as a whole, so that nobody need look at them one by one each time. */
interface Summary {
	readonly pods: readonly PlacedPod[];
	readonly lowest: number;
	/** Whether any is on the way out. */
	readonly anyLeaves: boolean;
	/** Of those that are not production, by priority, the lowest first. */
	readonly levels: readonly Level[];
}

/** What the pods of a priority and those below ask for together. */
interface Level {
	readonly priority: number;
	cpu: number;
	memory: number;
	places: number;
}

/** Says of nodes whether stopping pods there makes room for a pod. */
export class NodeSummaries {
	#nodes: NodeColumns | null = null;
	readonly #known: (Summary | undefined)[] = [];

	/** Whether stopping pods on the node may make room: false is certain. */
	mayMakeRoom(pod: PodClass, nodes: NodeColumns, node: NodeId, inProduction: ProductionRule): boolean {
		const known = this.#summary(nodes, node);
		const { priority } = pod.spec.facts;
		if (known.lowest >= priority) return false;
		if (inProduction === "allowed") return true;
		const level = levelBelow(known, priority);
		const { request } = pod;
		if (level === null || (request[CPU] ?? 0) > nodes.free[CPU]![node]! + level.cpu) return false;
		return (request[MEMORY] ?? 0) <= nodes.free[MEMORY]![node]! + level.memory;
	}

	/** The same as `mayFit`, mostly without a look at the pods, for a pod that does not fit as things are. */
	mayFit(pod: PodClass, nodes: NodeColumns, node: NodeId, inProduction: ProductionRule): boolean {
		if (!this.mayMakeRoom(pod, nodes, node, inProduction)) return false;
		const known = this.#summary(nodes, node);
		const { priority, demands } = pod.spec.facts;
		if (!pod.plain || known.anyLeaves || inProduction === "allowed" || demands?.preempts === false)
			return mayFit(pod, nodes, node, inProduction);
		const { request } = pod;
		const level = levelBelow(known, priority)!;
		const free = (r: ResourceIndex) => nodes.free[r]![node]!;
		const enough = (r: ResourceIndex, made: number) =>
			request[r]! <= free(r) || (request[r]! <= nodes.allocatable[r]![node]! && request[r]! <= free(r) + made);
		return enough(CPU, level.cpu) && enough(MEMORY, level.memory) && enough(PODS, level.places);
	}

	#summary(nodes: NodeColumns, node: NodeId): Summary {
		if (this.#nodes !== nodes) {
			this.#nodes = nodes;
			this.#known.length = 0;
		}
		const pods = nodes.placed[node]!;
		let known = this.#known[node];
		if (known?.pods !== pods) this.#known[node] = known = summaryOf(pods);
		return known;
	}
}

function summaryOf(pods: readonly PlacedPod[]): Summary {
	let lowest = Number.POSITIVE_INFINITY;
	let anyLeaves = false;
	const levels: Level[] = [];
	for (const { podClass, leaving } of pods) {
		const { priority } = podClass.spec.facts;
		lowest = Math.min(lowest, priority);
		anyLeaves ||= leaving !== "no";
		if (isProduction(priority)) continue;
		let level = levels.find((other) => other.priority === priority);
		if (level === undefined) levels.push((level = { priority, cpu: 0, memory: 0, places: 0 }));
		level.cpu += podClass.request[CPU] ?? 0;
		level.memory += podClass.request[MEMORY] ?? 0;
		level.places += podClass.request[PODS] ?? 0;
	}
	levels.sort((a, b) => a.priority - b.priority);
	for (let i = 1; i < levels.length; i++) {
		levels[i]!.cpu += levels[i - 1]!.cpu;
		levels[i]!.memory += levels[i - 1]!.memory;
		levels[i]!.places += levels[i - 1]!.places;
	}
	return { pods, lowest, anyLeaves, levels };
}

/** The pods that one of this priority may stop, together; null if there are none. Production is not among them. */
function levelBelow({ levels }: Summary, priority: number): Level | null {
	for (let i = levels.length - 1; i >= 0; i--) if (levels[i]!.priority < priority) return levels[i]!;
	return null;
}

/** Whether the pod would fit on the node if all left that it may stop, by amounts; devices are not looked at one by one. */
export function mayFit(pod: PodClass, nodes: NodeColumns, node: NodeId, inProduction?: ProductionRule): boolean {
	const { needs, request } = pod;
	for (let i = 0; i < needs.length; i++) {
		const r = needs[i]!;
		let lacking = request[r]! - (nodes.free[r]?.[node] ?? 0);
		if (lacking <= 0) continue;
		if (request[r]! > (nodes.allocatable[r]?.[node] ?? 0)) return false;
		const there = nodes.placed[node]!;
		for (let p = 0; p < there.length && lacking > 0; p++) {
			const { podClass, leaving } = there[p]!;
			if (leaving === "no" && mayStop(pod, podClass, inProduction)) lacking -= podClass.request[r] ?? 0;
		}
		if (lacking > 0) return false;
	}
	return true;
}

/**
 * The pods to stop so that the pod fits, the least important first; null if stopping all that it may stop would not do. Who is on the way
 * out already is no victim, and has its room until it is gone.
 */
export function victimsOn(
	pod: PodClass,
	nodes: NodeColumns,
	node: NodeId,
	inProduction?: ProductionRule,
): readonly PlacedPod[] | null {
	if (!mayFit(pod, nodes, node, inProduction)) return null;
	const stoppable = nodes.placed[node]!.filter(
		(other) => other.leaving === "no" && mayStop(pod, other.podClass, inProduction),
	);
	if (stoppable.length === 0) return null;
	stoppable.sort(leastImportantFirst);
	const trial = pod.gpuCount === 0 ? new Lacking(pod, nodes, node) : new DeviceTrial(pod, nodes, node);
	const gone: PlacedPod[] = [];
	for (const other of stoppable) {
		if (trial.fits()) break;
		trial.move(other, -1);
		gone.push(other);
	}
	const victims: PlacedPod[] = [];
	const fits = trial.fits();
	for (const other of fits ? gone.reverse() : []) {
		trial.move(other, 1);
		if (trial.fits()) continue;
		trial.move(other, -1);
		victims.unshift(other);
	}
	trial.end();
	return fits ? victims : null;
}

/** Whether a pod fits once others have left a node: by amounts alone, which is all that counts for pods without GPU. */
class Lacking {
	readonly #needs: Int32Array;
	/** By need: what the node has too little of; not above 0 if there is enough. */
	readonly #amounts: Float64Array;

	constructor({ needs, request }: PodClass, { free }: NodeColumns, node: NodeId) {
		this.#needs = needs;
		this.#amounts = Float64Array.from(needs, (r) => request[r]! - (free[r]?.[node] ?? 0));
	}

	fits(): boolean {
		for (let i = 0; i < this.#amounts.length; i++) if (this.#amounts[i]! > 0) return false;
		return true;
	}

	/** A pod leaves (-1) or comes back (1). */
	move({ podClass }: PlacedPod, sign: 1 | -1): void {
		for (let i = 0; i < this.#needs.length; i++) this.#amounts[i]! += sign * (podClass.request[this.#needs[i]!] ?? 0);
	}

	end(): void {}
}

/** The same where devices count: on the columns themselves, until it is ended. */
class DeviceTrial {
	readonly #pod: PodClass;
	readonly #nodes: NodeColumns;
	readonly #trial: Trial;

	constructor(pod: PodClass, nodes: NodeColumns, node: NodeId) {
		this.#pod = pod;
		this.#nodes = nodes;
		this.#trial = new Trial(nodes, node);
	}

	fits(): boolean {
		return this.#nodes.fits(this.#pod, this.#trial.node);
	}

	move(pod: PlacedPod, sign: 1 | -1): void {
		if (sign > 0) this.#trial.add(pod);
		else this.#trial.remove(pod);
	}

	end(): void {
		this.#trial.end();
	}
}

function leastImportantFirst(a: PlacedPod, b: PlacedPod): number {
	return priorityOf(a) - priorityOf(b) || b.sinceUs - a.sinceUs || b.id - a.id;
}

/** The highest `preemptionScore` of stopping anybody. */
export const BEST_WITH_VICTIMS = 50;

/**
 * How little harm the preemptions do, 0..100: 100 / (1 + the sum over the victims of 1 + priority / 120), so that fewer and lower are
 * better, and a victim just below production counts as two of priority 0. None: 100; one of priority 0: 50; two: 33.3.
 */
export function preemptionScore(victims: readonly PlacedPod[]): number {
	let harm = 0;
	for (const victim of victims) harm += 1 + Math.max(0, priorityOf(victim)) / PRODUCTION_PRIORITY;
	return 100 / (1 + harm);
}

function priorityOf({ podClass }: PlacedPod): number {
	return podClass.spec.facts.priority;
}
