/**
 * The size that an autoscaler's metrics ask for. `recommended` is its definition; `KeptRecommendation` gives the same, and looks at
 * pods again only where one of them, its usage or the declared size has changed: most syncs find that nothing has.
 */
import type { SimTime } from "../../../engine/time.js";
import { type LabelSelector, matchesLabels } from "../../../objects/selector.js";
import { containersOf } from "../../admission/pod-resources.js";
import type { ApiObject } from "../../api-object.js";
import type { Informers } from "../../informers.js";
import {
	type HorizontalPodAutoscaler,
	type HorizontalPodAutoscalerSpec,
	type ResourceMetric,
	targetOf,
} from "../../kinds/horizontal-pod-autoscaler.js";
import type { Mark } from "../../label-index.js";
import type { Pod, PodTemplate } from "../../pod.js";
import type { PodUsage, UsageMark } from "./horizontal-pod-autoscaler.js";
import { type Proposal, proposedReplicas, type Sample } from "./replica-count.js";
import type { Reason } from "./scaling-rules.js";

/** Workloads that can be scaled, as far as that goes. */
export type Target = ApiObject<{ readonly replicas: number; readonly selector: LabelSelector }>;

/** Why a metric of a resource is not known, in the words of the events. */
export interface Failure {
	readonly resource: string;
	readonly message: string;
}

/** Too little is known for a size: no metric, or not all of those that would make the target smaller. */
export interface Unknown {
	readonly failures: readonly Failure[];
	/** Of those that are known. */
	readonly averages: Readonly<Record<string, number>>;
}

/** What all metrics together come to. */
export interface Recommended extends Unknown {
	readonly replicas: number;
	/** The metric that asks for most, in the words of the events. */
	readonly metric: string;
	/** Why its scaling is active. */
	readonly active: Reason;
	/** It holds so long at most, whatever stays as it is. */
	readonly untilUs: SimTime;
}

type Seen = Pick<Informers, "having" | "mark">;

/** The most that any metric asks for that is known; where others are not, nothing smaller than there is. */
export function recommended(
	{ metrics }: Pick<HorizontalPodAutoscalerSpec, "metrics">,
	pods: readonly Pod[],
	current: number,
	usageOf: PodUsage,
	nowUs: SimTime,
): Recommended | Unknown {
	let most: Pick<Recommended, "replicas" | "metric"> | null = null;
	let untilUs = Number.POSITIVE_INFINITY;
	const averages: Record<string, number> = {};
	const failures: Failure[] = [];
	for (const { resource } of metrics) {
		const proposal = proposalOf(resource, samplesOf(pods, resource.name, usageOf), current, nowUs);
		if (typeof proposal === "string") {
			const what = resource.target.type === "Utilization" ? "utilization" : "usage";
			failures.push({ resource: resource.name, message: `failed to get ${resource.name} ${what}: ${proposal}` });
			continue;
		}
		averages[resource.name] = proposal.average;
		untilUs = Math.min(untilUs, proposal.untilUs);
		if (most === null || proposal.replicas > most.replicas)
			most = { replicas: proposal.replicas, metric: inWords(resource) };
	}
	if (most === null || (failures.length > 0 && most.replicas < current)) return { failures, averages };
	const message = `the HPA was able to successfully calculate a replica count from ${most.metric}`;
	return { ...most, averages, failures, active: { reason: "ValidMetricFound", message }, untilUs };
}

/** What one metric asks for, or why nobody knows. */
function proposalOf(
	resource: ResourceMetric["resource"],
	samples: readonly Sample[],
	current: number,
	nowUs: SimTime,
): Proposal | string {
	const { name, target } = resource;
	if (samples.every(({ usage }) => usage === null))
		return `unable to get metrics for resource ${name}: no metrics returned from resource metrics API`;
	const aim = { resource: name, type: target.type, value: targetOf(resource) };
	const proposal = proposedReplicas(samples, aim, current, nowUs);
	if (proposal === null) return "did not receive metrics for targeted pods (pods might be unready)";
	const silent = target.type === "Utilization" && samples.find(({ request }) => Number.isNaN(request));
	if (!silent) return proposal;
	const { metadata, spec } = silent.pod;
	const container = containersOf(spec.template).find(({ isInit, requests }) => !isInit && requests[name] === undefined);
	return `missing request for ${name} in container ${container?.name} of Pod ${metadata.name}`;
}

/** Whether there is a size. */
export function isKnown(found: Recommended | Unknown): found is Recommended {
	return "replicas" in found;
}

/** The pods that a workload selects. */
export function podsOf(seen: Seen, { metadata: { namespace }, spec: { selector } }: Target): readonly Pod[] {
	const labelled = seen.having("Pod", namespace, selector.matchLabels) as readonly Pod[];
	return selector.matchExpressions.length === 0
		? labelled
		: labelled.filter((pod) => matchesLabels(selector, pod.metadata.labels));
}

/** The pods of a target, as long as the mark that found them has its revision. */
interface Selection {
	readonly selector: LabelSelector;
	readonly mark: Mark;
	readonly revision: number;
	readonly pods: readonly Pod[];
	/** Of their usage. */
	readonly usage: readonly Mark[];
}

/** What was recommended, and what it was seen of. */
interface Kept {
	readonly recommended: Recommended;
	readonly spec: HorizontalPodAutoscalerSpec;
	readonly current: number;
	readonly selection: Selection;
	/** Of the usage of the pods then. */
	readonly revisions: readonly number[];
}

/** Of one autoscaler. */
export class KeptRecommendation {
	readonly #seen: Seen;
	readonly #usageOf: PodUsage;
	readonly #markOf: UsageMark | null;
	#kept: Kept | null = null;

	constructor(seen: Seen, usageOf: PodUsage, markOf: UsageMark | null) {
		this.#seen = seen;
		this.#usageOf = usageOf;
		this.#markOf = markOf;
	}

	/** As `recommended` of the pods of the target. Without marks of usage all are looked at each time. */
	of({ spec }: HorizontalPodAutoscaler, target: Target, nowUs: SimTime): Recommended | Unknown {
		const kept = this.#kept;
		const current = target.spec.replicas;
		const known = kept !== null && finds(kept.selection, target) ? kept : null;
		if (
			known !== null &&
			known.spec === spec &&
			known.current === current &&
			nowUs < known.recommended.untilUs &&
			isUsedAsThen(known)
		)
			return known.recommended;
		const pods = known?.selection.pods ?? podsOf(this.#seen, target);
		const found = recommended(spec, pods, current, this.#usageOf, nowUs);
		const selection = known?.selection ?? this.#selection(target, pods);
		if (!isKnown(found) || found.failures.length > 0 || selection === null) this.#kept = null;
		else {
			const revisions = selection.usage.map(({ revision }) => revision);
			this.#kept = { recommended: found, spec, current, selection, revisions };
		}
		return found;
	}

	#selection({ metadata, spec: { selector } }: Target, pods: readonly Pod[]): Selection | null {
		const mark = this.#seen.mark("Pod", metadata.namespace, selector.matchLabels);
		if (mark === null || this.#markOf === null) return null;
		const usage = new Set<Mark>();
		let last: Mark | null = null;
		for (const pod of pods) {
			const one = this.#markOf(pod);
			if (one !== last) usage.add(one);
			last = one;
		}
		return { selector, mark, revision: mark.revision, pods, usage: [...usage] };
	}
}

function isUsedAsThen({ selection: { usage }, revisions }: Kept): boolean {
	for (let i = 0; i < usage.length; i++) if (usage[i]!.revision !== revisions[i]) return false;
	return true;
}

function finds({ selector, mark, revision }: Selection, { spec }: Target): boolean {
	return selector === spec.selector && mark.revision === revision;
}

function samplesOf(pods: readonly Pod[], resource: string, usageOf: PodUsage): readonly Sample[] {
	// Pods of one template come one after the other.
	let template: PodTemplate | null = null;
	let request = Number.NaN;
	return pods.map((pod) => {
		if (pod.spec.template !== template) {
			template = pod.spec.template;
			request = requestIn(template, resource);
		}
		return { pod, request, usage: usageOf(pod, resource) };
	});
}

/** NaN where a container says nothing. */
function requestIn(template: PodTemplate, resource: string): number {
	return containersOf(template)
		.filter(({ isInit }) => !isInit)
		.reduce((sum, { requests }) => sum + (requests[resource] ?? Number.NaN), 0);
}

function inWords({ name, target }: ResourceMetric["resource"]): string {
	return target.type === "Utilization" ? `${name} resource utilization (percentage of request)` : `${name} resource`;
}
