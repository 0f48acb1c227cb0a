/**
 * Looks at machines for a task: whether it may go there, stopping others if it must, and how good that would be. Every look is counted,
 * machine by machine.
 */
import type { NodeId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import { Trial } from "../../cell/trial.js";
import type { PodClass } from "../../objects/pod-class.js";
import { addScores, narrowCandidates, type WeightedScore } from "../pipeline.js";
import { Candidates, type FilterPlugin, FilterSet } from "../plugin.js";
import { defaultFilters, gpuDevices, gpuModel, nodeReady, resourcesFit } from "../plugins/index.js";
import { REJECTED } from "../ranked-totals.js";
import type { SchedulingWork } from "../scheduler.js";
import { besides, type Claims } from "./claims.js";
import { BEST_WITH_VICTIMS, NodeSummaries, type ProductionRule, preemptionScore, victimsOn } from "./preemption.js";

/** Amounts: what preemption can do something about. */
const AMOUNTS: readonly FilterPlugin[] = [resourcesFit, gpuDevices];
/** Everything else that a pod can ask of a node; health is looked at first of all. */
const CONSTRAINTS = [...defaultFilters.filter((filter) => filter !== nodeReady && !AMOUNTS.includes(filter)), gpuModel];

/** The total of a machine where others would have to leave, not made yet: below all that are made, above REJECTED. */
export const UNSCORED = -Number.MAX_VALUE;

export interface ExaminationOptions {
	readonly scores: readonly WeightedScore[];
	/** The sum of the weights of all terms but preemption, those by job included. */
	readonly otherWeights: number;
	/** Weight of doing little harm by preemptions; null: nobody is stopped. */
	readonly preemption: number | null;
	readonly productionPreemption: ProductionRule;
}

export class Examination {
	readonly work = { feasibilityEvaluations: 0, scoreEvaluations: 0 } satisfies SchedulingWork;
	readonly #options: ExaminationOptions;
	/** Machines that meet the constraints, and those of them that have room as things are. */
	readonly #meeting = new Candidates();
	readonly #roomy = new Candidates();
	readonly #one = new Candidates();
	#fresh = new Float64Array(0);
	readonly #summaries = new NodeSummaries();
	/** Whether a machine with room has a higher total than any without, and a total that lies between. */
	readonly #roomFirst: boolean;
	readonly #between: number;
	readonly #constraints = new FilterSet(CONSTRAINTS);

	constructor(options: ExaminationOptions) {
		const { preemption, otherWeights } = options;
		this.#options = options;
		const least = 100 * (preemption ?? 0);
		const most = BEST_WITH_VICTIMS * (preemption ?? 0) + 100 * otherWeights;
		this.#roomFirst = preemption !== null && least > most;
		this.#between = (least + most) / 2;
	}

	/** Whether the task may go on the machine as it is, besides those who go before it there. */
	hasRoom(pod: PodClass, nodes: NodeColumns, node: NodeId, claims: Claims): boolean {
		this.work.feasibilityEvaluations++;
		return nodes.ready[node] === 1 && this.#constraints.accept(pod, nodes, node) && this.fits(pod, nodes, node, claims);
	}

	/** Whether the machine has room for a task that meets its constraints. */
	fits(pod: PodClass, nodes: NodeColumns, node: NodeId, claims: Claims): boolean {
		return besides(claims, nodes, node, () => nodes.fits(pod, node));
	}

	/** Whom to stop for the task on a machine that was found feasible and has no room. */
	victims(pod: PodClass, nodes: NodeColumns, node: NodeId, claims: Claims): readonly PlacedPod[] {
		return besides(claims, nodes, node, () => victimsOn(pod, nodes, node, this.#options.productionPreemption)!);
	}

	/**
	 * Writes the total score of each of these nodes into `totals`, REJECTED where the task may not go. Where others would have to leave it
	 * is UNSCORED, if any machine with room goes before, unless it is asked for at once.
	 */
	examine(
		pod: PodClass,
		nodes: NodeColumns,
		list: Int32Array,
		count: number,
		totals: Float64Array,
		atOnce = false,
	): void {
		const meeting = this.#meeting;
		meeting.clear(nodes);
		for (let i = 0; i < count; i++) {
			const node = list[i]! as NodeId;
			totals[node] = REJECTED;
			if (nodes.present[node] === 1) this.work.feasibilityEvaluations++;
			if (nodes.ready[node] === 1) meeting.add(node);
		}
		narrowCandidates(pod, nodes, this.#constraints.asked(pod, nodes), meeting);
		const roomy = this.#roomy;
		roomy.clear(nodes);
		for (let i = 0; i < meeting.count; i++) roomy.add(meeting.nodes[i]! as NodeId);
		narrowCandidates(pod, nodes, AMOUNTS, roomy);
		this.#score(pod, nodes, roomy, 100, totals);
		if (this.#options.preemption === null || roomy.count === meeting.count) return;
		// Devices are looked at one by one only when victims are chosen.
		const later = this.#roomFirst && !atOnce && pod.gpuCount === 0;
		const { productionPreemption } = this.#options;
		for (let i = 0, r = 0; i < meeting.count; i++) {
			const node = meeting.nodes[i]! as NodeId;
			if (r < roomy.count && roomy.nodes[r] === node) r++;
			else if (later) {
				if (this.#summaries.mayFit(pod, nodes, node, productionPreemption)) totals[node] = UNSCORED;
			} else if (this.#summaries.mayMakeRoom(pod, nodes, node, productionPreemption))
				this.#scorePreempting(pod, nodes, node, totals);
		}
	}

	/** Whether others would have to leave a machine of this total, if that is worse than anything else; else nobody need know. */
	isLastResort(total: number): boolean {
		return this.#roomFirst && total < this.#between;
	}

	/** Makes the total scores of those of the nodes that are UNSCORED. */
	scoreRest(pod: PodClass, nodes: NodeColumns, list: Int32Array, count: number, totals: Float64Array): void {
		for (let i = 0; i < count; i++)
			if (totals[list[i]!] === UNSCORED) this.#scorePreempting(pod, nodes, list[i]! as NodeId, totals);
	}

	#scorePreempting(pod: PodClass, nodes: NodeColumns, node: NodeId, totals: Float64Array): void {
		const victims = victimsOn(pod, nodes, node, this.#options.productionPreemption);
		if (victims === null) return;
		const trial = new Trial(nodes, node);
		for (const victim of victims) trial.remove(victim);
		this.#one.clear(nodes);
		this.#one.add(node);
		this.#score(pod, nodes, this.#one, preemptionScore(victims), totals);
		trial.end();
	}

	#score(pod: PodClass, nodes: NodeColumns, candidates: Candidates, harmlessness: number, totals: Float64Array): void {
		const { count, nodes: list } = candidates;
		if (count === 0) return;
		this.work.scoreEvaluations += count;
		if (this.#fresh.length < count) this.#fresh = new Float64Array(nodes.ready.length);
		const fresh = this.#fresh.fill((this.#options.preemption ?? 0) * harmlessness, 0, count);
		for (const { plugin, weight = 1 } of this.#options.scores) addScores(plugin, pod, nodes, candidates, fresh, weight);
		for (let i = 0; i < count; i++) totals[list[i]!] = fresh[i]!;
	}
}
