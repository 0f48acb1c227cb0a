/**
 * Why two runs part at a decision: what each scheduler made of the node that it chose and of the one that the other chose. Decisions are
 * counted while runs are made again; the ones at which they part are then made once more, and their schedulers asked on the way.
 */
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import { KubernetesScheduler } from "../../scheduling/kubernetes/kubernetes-scheduler.js";
import { defaultFilters } from "../../scheduling/plugins/index.js";
import { podByPod } from "../../scheduling/pod-by-pod.js";
import type { Decision, Scheduler } from "../../scheduling/scheduler.js";
import { ImportReport } from "../../workload/arrivals.js";
import { type Assembled, assemble } from "../assemble.js";
import type { RunPlan } from "../plan.js";
import { Simulation } from "../simulation.js";
import { attemptOf, type KubernetesAttempt } from "./kubernetes-attempts.js";

/** A decision of a run: the how manieth of all, and the nodes that it gave to pods, by their number; null for none. */
export interface CountedDecision {
	readonly nth: number;
	readonly nodes: ReadonlyMap<number, string | null>;
}

/** What a scheduler makes of a node. */
export interface NodeOpinion {
	readonly node: string;
	/** What was free of what the pod asks for, in canonical units, before the pod came. */
	readonly free: Readonly<Record<string, number>>;
	/** The plugin that turns it down, and why; null if none does. */
	readonly rejectedBy: string | null;
	readonly reasons: readonly string[];
	/** Sum of weight x score; null where nodes are not scored, and for one that is turned down. */
	readonly total: number | null;
	readonly scores: readonly { readonly plugin: string; readonly weight: number; readonly score: number }[];
}

export interface ExplainedDecision {
	readonly pod: string;
	readonly scheduler: string;
	/** When it began to decide. */
	readonly beginUs: number;
	/** Null if it found none. */
	readonly chosen: string | null;
	/** Of what the pod asks, canonical units. */
	readonly requests: Readonly<Record<string, number>>;
	/** The chosen node and the one that the other run chose. */
	readonly opinions: readonly NodeOpinion[];
	/** All that kube-scheduler found out; null for other schedulers. */
	readonly kubernetes: KubernetesAttempt | null;
}

/** The last decision of each scheduler process of a run that is made again, by its index. */
export function countDecisions({
	schedulers,
}: Pick<Assembled, "schedulers">): (process: number) => CountedDecision | null {
	const last: ({ readonly nth: number; readonly pods: readonly PodView[]; readonly decision: Decision } | undefined)[] =
		[];
	const names: ((node: number) => string)[] = [];
	let count = 0;
	schedulers.forEach(({ scheduler }, process) => {
		around(scheduler, (pods, snapshot, decide) => {
			const nth = ++count;
			const decision = decide();
			last[process] = { nth, pods: [...pods], decision };
			names[process] = (node) => snapshot.cell.nodes.specs[node]!.name;
			return decision;
		});
	});
	return (process) => {
		const known = last[process];
		if (known === undefined) return null;
		const given = new Map(known.decision.placements.map(({ pod, node }) => [pod, names[process]!(node)]));
		return { nth: known.nth, nodes: new Map(known.pods.map(({ id, ordinal }) => [ordinal, given.get(id) ?? null])) };
	};
}

/** The number of the first pod for which two decisions have different nodes; null if there is none. */
export function firstDifference(left: CountedDecision, right: CountedDecision): number | null {
	for (const [ordinal, node] of left.nodes) if (right.nodes.get(ordinal) !== node) return ordinal;
	for (const ordinal of right.nodes.keys()) if (!left.nodes.has(ordinal)) return ordinal;
	return null;
}

/** Makes a run again until its `nth` decision, and asks the scheduler about nodes for the pod with this number. Null if that is not about the pod. */
export async function explainDecision(
	plan: RunPlan,
	{ nth, nodes: given }: CountedDecision,
	ordinal: number,
	wanted: readonly string[],
): Promise<ExplainedDecision | null> {
	const assembled = await assemble(plan, new ImportReport());
	const simulation: Simulation = new Simulation({ ...assembled, observers: [] });
	let explained: ExplainedDecision | null = null;
	let over = false;
	let count = 0;
	for (const { name, scheduler } of assembled.schedulers) {
		let kubernetes: KubernetesAttempt | null = null;
		if (scheduler instanceof KubernetesScheduler)
			scheduler.watch((view, attempted) => {
				if (count === nth && view.ordinal === ordinal) kubernetes = attemptOf(name, view, attempted, simulation);
			});
		around(scheduler, (pods, snapshot, decide) => {
			const pod = ++count === nth ? pods.find((pod) => pod.ordinal === ordinal) : undefined;
			if (pod === undefined) {
				over ||= count === nth;
				return decide();
			}
			const beginUs = simulation.engine.nowUs;
			const opinions = () => wanted.map((node) => opinionOf(scheduler, pod, node, snapshot));
			let before: readonly NodeOpinion[] | null = null;
			// As it was when the pod's turn came: pods before it may have taken something.
			const assume = snapshot.assume;
			snapshot.assume = (assumed, ...rest) => {
				if (assumed.ordinal === ordinal) before = opinions();
				return assume.call(snapshot, assumed, ...rest);
			};
			try {
				const decision = decide();
				const chosen = given.get(ordinal) ?? null;
				const requests = requestsOf(pod);
				explained = {
					pod: pod.name,
					scheduler: name,
					beginUs,
					chosen,
					requests,
					opinions: before ?? opinions(),
					kubernetes,
				};
				return decision;
			} finally {
				snapshot.assume = assume;
			}
		});
	}
	try {
		while (explained === null && !over && (await simulation.step()));
	} finally {
		await simulation.close();
	}
	return explained;
}

function requestsOf({ podClass: { spec, gpuCount, gpuMilli } }: PodView): Readonly<Record<string, number>> {
	return gpuCount === 0 ? spec.requests : { ...spec.requests, gpu: gpuCount * gpuMilli };
}

type Around = (pods: readonly PodView[], snapshot: Snapshot, decide: () => Decision) => Decision;

/** Puts something around every decision of a scheduler. */
function around(scheduler: Scheduler, call: Around): void {
	const { decide } = scheduler;
	scheduler.decide = (pods, snapshot, random) =>
		call(pods, snapshot, () => decide.call(scheduler, pods, snapshot, random));
}

/** Schedulers that cannot say take any node that a pod may have. */
const anyFilter = podByPod(defaultFilters, () => -1 as never);

function opinionOf(scheduler: Scheduler, pod: PodView, name: string, snapshot: Snapshot): NodeOpinion {
	const { nodes } = snapshot;
	const node = nodes.specs.findIndex((spec) => spec.name === name) as Parameters<NonNullable<Scheduler["judge"]>>[1];
	const { rejection, scores } = (scheduler.judge ? scheduler : anyFilter).judge!(pod, node, snapshot);
	const view = nodes.view(node);
	const asked = Object.keys(requestsOf(pod));
	return {
		node: name,
		free: Object.fromEntries(asked.map((resource) => [resource, view.free(nodes.resources.index(resource))])),
		rejectedBy: rejection?.plugin ?? null,
		reasons: rejection?.reasons ?? [],
		total: scores.length === 0 ? null : scores.reduce((sum, { weight, score }) => sum + weight * score, 0),
		scores,
	};
}
