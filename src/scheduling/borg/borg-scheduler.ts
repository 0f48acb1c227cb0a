/**
 * The scheduler of the Borg paper (EuroSys 2015, section 3.2 and 3.4): machines on which a task may go are found and scored, the best is
 * taken, and if it lacks room tasks of lower priority are stopped there. Three things make it fast, each with its switch: scores are
 * kept, tasks with identical requirements share them, and machines are examined in random order until enough feasible ones are found.
 *
 * In what order tasks come is the business of the queue.
 *
 * Divergence from Borg: the weights of the terms, and what enough is, are not published. Constraints are node selectors and node affinity:
 * required where they are hard, preferred where they are soft.
 */
import { NO_NODE, type NodeId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { Random } from "../../engine/random.js";
import type { PodClass } from "../../objects/pod-class.js";
import { JobScores, type WeightedJobScore } from "../job-score.js";
import type { WeightedScore } from "../pipeline.js";
import { defaultFilters } from "../plugins/index.js";
import { tallyRejections } from "../pod-by-pod.js";
import type { Decision, Scheduler, SchedulingWork, Unplaced } from "../scheduler.js";
import { claimsBefore, outranked } from "./claims.js";
import { Examination } from "./examination.js";
import { KeptScores, type ScoreKey } from "./kept-scores.js";
import { MachineSearch, type Seeker } from "./machine-search.js";
import { NodeChanges } from "./node-changes.js";
import { mayFit, type ProductionRule } from "./preemption.js";
import { Round } from "./round.js";

/** Searches that one decision keeps open: jobs have few kinds of tasks. */
const SEARCHES_AT_ONCE = 64;

export interface BorgOptions {
	readonly scores: readonly WeightedScore[];
	readonly jobScores: readonly WeightedJobScore[];
	/** Weight of doing little harm by preemptions; null: nobody is stopped. */
	readonly preemption: number | null;
	readonly productionPreemption: ProductionRule;
	/** Whether scores are kept from one decision to the next. */
	readonly keepsScores: boolean;
	/** Changes of a node by at most this share of what it offers do not make its kept scores worthless, 0..1. */
	readonly ignoredChange: number;
	/** Whether what was found out for one task holds for all with identical requirements. */
	readonly equivalenceClasses: boolean;
	/** Feasible machines that are enough; Infinity looks at all, in order. */
	readonly enough: number;
}

export class BorgScheduler implements Scheduler {
	readonly #options: BorgOptions;
	readonly #examination: Examination;
	readonly #changes: NodeChanges;
	readonly #kept = new KeptScores();
	readonly #jobScores: JobScores;
	readonly #readsPods: boolean;
	/** Used again from one decision to the next. */
	readonly #searches: MachineSearch[] = [];

	constructor(options: BorgOptions) {
		const { scores, jobScores, preemption, productionPreemption, ignoredChange } = options;
		this.#options = options;
		const otherWeights = [...scores, ...jobScores].reduce((sum, { weight = 1 }) => sum + weight, 0);
		this.#examination = new Examination({ scores, preemption, otherWeights, productionPreemption });
		this.#changes = new NodeChanges(ignoredChange);
		this.#jobScores = new JobScores(jobScores);
		this.#readsPods = preemption !== null || scores.some(({ plugin }) => plugin.readsPods);
	}

	get work(): SchedulingWork {
		return this.#examination.work;
	}

	/** Room counts that others would have to leave. */
	mayGet(pod: PodClass, node: NodeId, nodes: NodeColumns): boolean {
		const { preemption, productionPreemption } = this.#options;
		return nodes.fits(pod, node) || (preemption !== null && mayFit(pod, nodes, node, productionPreemption));
	}

	decide(pods: readonly PodView[], snapshot: Snapshot, random: Random): Decision {
		if (this.#readsPods) snapshot.trackPods();
		this.#follow(snapshot.nodes);
		if (!this.#options.keepsScores) this.#kept.startOver(snapshot.nodes.ready.length);
		const round = new Round(snapshot);
		const searching = new Map<ScoreKey, MachineSearch>();
		for (const pod of pods) {
			const alike = this.#options.equivalenceClasses ? round.failedAlike(pod) : null;
			if (alike !== null) round.fail({ ...alike, pod });
			else if (!this.#place(pod, round, searching, random)) round.fail(unplaced(pod, snapshot));
			if (round.failed && pod.job.gang) return round.giveUp(pods);
		}
		return round.decision(pods);
	}

	/** Whether the pod got a node, or the promise of one. */
	#place(pod: PodView, round: Round, searching: Map<ScoreKey, MachineSearch>, random: Random): boolean {
		const { snapshot } = round;
		const { podClass } = pod;
		const { nodes, cell } = snapshot;
		const { nominations, crashes } = cell.api;
		this.#follow(nodes);
		const promised = nominations.nodeOf(pod.id) ?? NO_NODE;
		const claims = claimsBefore(podClass, nominations, round.decided);
		if (promised !== NO_NODE && this.#examination.hasRoom(podClass, nodes, promised, claims)) {
			round.place(pod, promised);
			return true;
		}
		// Pods that it has stopped have not left.
		const waits = promised !== NO_NODE && nodes.placed[promised]!.some(({ leaving }) => leaving === "preempted");
		const { equivalenceClasses, keepsScores } = this.#options;
		const seeker: Seeker = { byJob: this.#jobScores.forPod(pod, snapshot), barred: crashes.barred(pod.id), claims };
		const key = equivalenceClasses ? podClass : pod.id;
		const node = this.#searchFor(key, podClass, nodes, searching, random).best(seeker);
		if (!equivalenceClasses && (node !== NO_NODE || !keepsScores)) this.#kept.forget(key);
		const roomy = node !== NO_NODE && this.#examination.fits(podClass, nodes, node, claims);
		if (!roomy && waits) return false;
		if (node === NO_NODE) {
			if (promised !== NO_NODE) round.promise(pod.id, NO_NODE);
			return false;
		}
		if (!roomy) {
			for (const victim of this.#examination.victims(podClass, nodes, node, claims)) round.stop(victim, node);
			for (const other of outranked(podClass, node, nominations)) round.promise(other, NO_NODE);
		}
		round.place(pod, node);
		return true;
	}

	#follow(nodes: NodeColumns): void {
		if (this.#changes.follow(nodes)) this.#kept.startOver(nodes.ready.length);
	}

	#searchFor(
		key: ScoreKey,
		pod: PodClass,
		nodes: NodeColumns,
		searching: Map<ScoreKey, MachineSearch>,
		random: Random,
	): MachineSearch {
		const known = searching.get(key);
		if (known !== undefined) return known;
		// Nobody comes back to a search for one task.
		if (!this.#options.equivalenceClasses || searching.size === SEARCHES_AT_ONCE) searching.clear();
		const search = (this.#searches[searching.size] ??= new MachineSearch());
		const { enough } = this.#options;
		const scores = this.#kept.of(key, pod);
		search.begin({ pod, nodes, changes: this.#changes, scores, examination: this.#examination, enough, random });
		searching.set(key, search);
		return search;
	}
}

function unplaced(pod: PodView, snapshot: Snapshot): Unplaced {
	const barred = snapshot.cell.api.crashes.barred(pod.id);
	const { counts, nodes } = tallyRejections(pod.podClass, snapshot, defaultFilters, barred);
	return { pod, rejections: counts, nodes };
}
