/**
 * How many pods a metric asks for: arithmetic alone. Source: pkg/controller/podautoscaler/replica_calculator.go.
 *
 * Divergence from Kubernetes: usage is measured now, not over a window that began before a pod was ready.
 */
import { MINUTE, SECOND, type SimTime } from "../../../engine/time.js";
import type { Pod } from "../../pod.js";

/** --horizontal-pod-autoscaler-tolerance, -cpu-initialization-period, -initial-readiness-delay. */
const TOLERANCE = 0.1;
const CPU_INITIALIZATION_US = 5 * MINUTE;
const READINESS_DELAY_US = 30 * SECOND;

/** What there is to know of pods before anybody asks what they use. */
export interface Candidates {
	/** Those that have begun and are there to stay. */
	readonly pods: readonly Pod[];
	/** Of each of them. */
	readonly requests: readonly number[];
	/** The requests of those that have not begun. */
	readonly pending: readonly number[];
}

/** The usage of a pod; null if nobody knows. */
export type UsageOf = (pod: Pod, resource: string) => number | null;

/** What a metric shall be on average: percent of the request, or an amount. */
export interface Target {
	readonly resource: string;
	readonly type: "Utilization" | "AverageValue";
	readonly value: number;
}

export interface Proposal {
	readonly replicas: number;
	/** Of the pods that count, in the unit of the target. */
	readonly average: number;
	/** When a pod is through with its start: it may be another one from then on, of the same pods; Infinity if none starts. */
	readonly untilUs: SimTime;
}

/** Pods that count, with what they count for. */
interface Counted {
	pods: number;
	usage: number;
	request: number;
}

/** Pods that are on their way out or failed say nothing. */
export function candidatesAmong(pods: readonly Pod[], requestOf: (pod: Pod) => number): Candidates {
	const begun: Pod[] = [];
	const requests: number[] = [];
	const pending: number[] = [];
	for (const pod of pods) {
		const { phase } = pod.status;
		if (pod.metadata.deletedUs !== null || phase === "Failed") continue;
		if (phase === "Pending") pending.push(requestOf(pod));
		else {
			begun.push(pod);
			requests.push(requestOf(pod));
		}
	}
	return { pods: begun, requests, pending };
}

/** The proposal where there are `current` pods by declaration; null if no pod has usage. */
export function proposedReplicas(
	candidates: Candidates,
	usageOf: UsageOf,
	target: Target,
	current: number,
	nowUs: SimTime,
): Proposal | null {
	const { ready, unready, missing, untilUs } = group(candidates, usageOf, target.resource, nowUs);
	if (ready.pods === 0) return null;
	const average = averageOf(ready, target);
	const ratio = average / target.value;
	const proposal = (replicas: number): Proposal => ({ replicas, average, untilUs });
	const growsWithUnready = unready.length > 0 && ratio > 1;
	if (!growsWithUnready && missing.length === 0)
		return proposal(isClose(ratio) ? current : Math.ceil(ratio * ready.pods));
	// Nobody knows better: what is not measured speaks against the change.
	const assumed = { ...ready };
	if (ratio !== 1) for (const request of missing) count(assumed, ratio < 1 ? full(target, request) : 0, request);
	if (growsWithUnready) for (const request of unready) count(assumed, 0, request);
	const cautious = averageOf(assumed, target) / target.value;
	if (isClose(cautious) || (ratio < 1 && cautious > 1) || (ratio > 1 && cautious < 1)) return proposal(current);
	const replicas = Math.ceil(cautious * assumed.pods);
	const turnsBack = (cautious < 1 && replicas > current) || (cautious > 1 && replicas < current);
	return proposal(turnsBack ? current : replicas);
}

/** Those that are ready together, of others the requests. */
function group({ pods, requests, pending }: Candidates, usageOf: UsageOf, resource: string, nowUs: SimTime) {
	const ready: Counted = { pods: 0, usage: 0, request: 0 };
	const unready = [...pending];
	const missing: number[] = [];
	let untilUs = Number.POSITIVE_INFINITY;
	for (let i = 0; i < pods.length; i++) {
		const pod = pods[i]!;
		const request = requests[i]!;
		const usage = usageOf(pod, resource);
		if (usage === null) missing.push(request);
		else if (resource === "cpu" && isStarting(pod, nowUs)) {
			unready.push(request);
			const startedUs = pod.metadata.createdUs + CPU_INITIALIZATION_US;
			if (startedUs > nowUs) untilUs = Math.min(untilUs, startedUs);
		} else count(ready, usage, request);
	}
	return { ready, unready, missing, untilUs };
}

function count(counted: Counted, usage: number, request: number): void {
	counted.pods++;
	counted.usage += usage;
	counted.request += request;
}

/** What a pod takes while it starts says nothing: not ready in its first minutes, or never ready since soon after its start. */
function isStarting({ metadata, status: { ready, readyUs } }: Pod, nowUs: SimTime): boolean {
	if (ready) return false;
	const { createdUs } = metadata;
	if (createdUs + CPU_INITIALIZATION_US > nowUs) return true;
	return Number.isNaN(readyUs) || createdUs + READINESS_DELAY_US > readyUs;
}

function averageOf({ pods, usage, request }: Counted, { type }: Target): number {
	return Math.trunc(type === "AverageValue" ? usage / pods : (usage * 100) / request);
}

function full({ type, value }: Target, request: number): number {
	return type === "AverageValue" ? value : (Math.max(100, value) * request) / 100;
}

function isClose(ratio: number): boolean {
	return 1 - TOLERANCE <= ratio && ratio <= 1 + TOLERANCE;
}
