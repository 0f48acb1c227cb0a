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
import { type Candidates, candidatesAmong, type Proposal, proposedReplicas } from "./replica-count.js";
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
	spec: MeasuredSpec,
	pods: readonly Pod[],
	current: number,
	usageOf: PodUsage,
	nowUs: SimTime,
): Recommended | Unknown {
	return recommendedOf(spec, measuredOf(spec, pods), current, usageOf, nowUs);
}

type MeasuredSpec = Pick<HorizontalPodAutoscalerSpec, "metrics">;

/** The pods as a metric sees them, as far as it does not depend on what they use. */
interface Measured {
	/** All that the target selects. */
	readonly pods: readonly Pod[];
	readonly candidates: Candidates;
	/** The first pod that does not say what it asks for. */
	readonly silent: Pod | undefined;
}

/** For each metric. */
function measuredOf({ metrics }: MeasuredSpec, pods: readonly Pod[]): readonly Measured[] {
	return metrics.map(({ resource: { name } }) => {
		const requestOf = requestsFor(name);
		const silent = pods.find((pod) => Number.isNaN(requestOf(pod)));
		return { pods, candidates: candidatesAmong(pods, requestOf), silent };
	});
}

function recommendedOf(
	{ metrics }: MeasuredSpec,
	measured: readonly Measured[],
	current: number,
	usageOf: PodUsage,
	nowUs: SimTime,
): Recommended | Unknown {
	let most: Pick<Recommended, "replicas" | "metric"> | null = null;
	let untilUs = Number.POSITIVE_INFINITY;
	const averages: Record<string, number> = {};
	const failures: Failure[] = [];
	for (const [i, { resource }] of metrics.entries()) {
		const proposal = proposalOf(resource, measured[i]!, current, usageOf, nowUs);
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
	{ name, target }: ResourceMetric["resource"],
	{ pods, candidates, silent }: Measured,
	current: number,
	usageOf: PodUsage,
	nowUs: SimTime,
): Proposal | string {
	const aim = { resource: name, type: target.type, value: targetOf({ name, target }) };
	const proposal = proposedReplicas(candidates, usageOf, aim, current, nowUs);
	if (proposal === null)
		return pods.every((pod) => usageOf(pod, name) === null)
			? `unable to get metrics for resource ${name}: no metrics returned from resource metrics API`
			: "did not receive metrics for targeted pods (pods might be unready)";
	if (target.type !== "Utilization" || silent === undefined) return proposal;
	const { metadata, spec } = silent;
	const container = containersOf(spec.template).find(({ isInit, requests }) => !isInit && requests[name] === undefined);
	return `missing request for ${name} in container ${container?.name} of Pod ${metadata.name}`;
}

/** Whether there is a size. */
export function isKnown(found: Recommended | Unknown): found is Recommended {
	return "replicas" in found;
}

/** Whether they say the same of size and metrics; how long each holds does not count. */
export function sameRecommended(a: Recommended | Unknown, b: Recommended): a is Recommended {
	return (
		a === b ||
		(isKnown(a) &&
			a.failures.length === 0 &&
			a.replicas === b.replicas &&
			a.metric === b.metric &&
			sameAmounts(a.averages, b.averages))
	);
}

export function sameAmounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
	if (a === b) return true;
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}

/** The pods that a workload selects. */
export function podsOf(seen: Seen, { metadata: { namespace }, spec: { selector } }: Target): readonly Pod[] {
	const labelled = seen.having("Pod", namespace, selector.matchLabels) as readonly Pod[];
	return selector.matchExpressions.length === 0
		? labelled
		: labelled.filter((pod) => matchesLabels(selector, pod.metadata.labels));
}

/** The pods of a target, as the metrics of `spec` see them, as long as the mark that found them has its revision. */
interface Selection {
	readonly spec: MeasuredSpec;
	readonly selector: LabelSelector;
	/** Null where nothing says when it is over. */
	readonly mark: Mark | null;
	readonly revision: number;
	readonly measured: readonly Measured[];
	/** Of their usage. */
	readonly usage: readonly Mark[];
}

/** What was recommended, and what it was seen of: all in one object, which is looked at again and again. */
interface Kept extends Selection {
	readonly recommended: Recommended;
	readonly untilUs: SimTime;
	readonly current: number;
	/** Of the usage of the pods then. */
	readonly revisions: number[];
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
		const { replicas: current, selector } = target.spec;
		const finds =
			kept !== null && kept.selector === selector && kept.spec === spec && kept.mark!.revision === kept.revision;
		if (finds && kept.current === current && nowUs < kept.untilUs && isUsedAsThen(kept)) return kept.recommended;
		const selection: Selection = finds ? kept : this.#select(spec, target);
		const found = recommendedOf(spec, selection.measured, current, this.#usageOf, nowUs);
		if (finds && kept.current === current && isThatStill(kept, found)) return kept.recommended;
		const whole = isKnown(found) && found.failures.length === 0;
		this.#kept = whole && selection.mark !== null ? keptOf(selection, found, current) : null;
		return found;
	}

	#select(spec: MeasuredSpec, target: Target): Selection {
		const { selector } = target.spec;
		const pods = podsOf(this.#seen, target);
		const measured = measuredOf(spec, pods);
		const markOf = this.#markOf;
		if (markOf === null) return { spec, selector, mark: null, revision: 0, measured, usage: [] };
		const mark = this.#seen.mark("Pod", target.metadata.namespace, selector.matchLabels);
		const usage = new Set<Mark>();
		let last: Mark | null = null;
		for (const pod of pods) {
			const one = markOf(pod);
			if (one !== last) usage.add(one);
			last = one;
		}
		return { spec, selector, mark, revision: mark?.revision ?? 0, measured, usage: [...usage] };
	}
}

function keptOf(selection: Selection, recommended: Recommended, current: number): Kept {
	const { spec, selector, mark, revision, measured, usage } = selection;
	const revisions = usage.map((one) => one.revision);
	const { untilUs } = recommended;
	return { spec, selector, mark, revision, measured, usage, recommended, untilUs, current, revisions };
}

/** Whether other usage has come to the same: that is what is kept of it from now on. */
function isThatStill({ recommended, untilUs, usage, revisions }: Kept, found: Recommended | Unknown): boolean {
	if (!sameRecommended(found, recommended) || found.untilUs !== untilUs) return false;
	for (let i = 0; i < usage.length; i++) revisions[i] = usage[i]!.revision;
	return true;
}

function isUsedAsThen({ usage, revisions }: Kept): boolean {
	for (let i = 0; i < usage.length; i++) if (usage[i]!.revision !== revisions[i]) return false;
	return true;
}

/** What each pod asks for of a resource; pods of one template come one after the other. */
function requestsFor(resource: string): (pod: Pod) => number {
	let last: PodTemplate | null = null;
	let request = Number.NaN;
	return ({ spec: { template } }) => {
		if (template !== last) {
			last = template;
			request = requestIn(template, resource);
		}
		return request;
	};
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
