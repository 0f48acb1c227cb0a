/** What a Deployment says of itself, and whether it gets on. Source: pkg/controller/deployment (sync.go, progress.go). */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { Condition, Deployment, DeploymentStatus } from "../../kinds/deployment.js";
import type { ReplicaSet } from "../../kinds/replica-set.js";
import { maxUnavailableOf, totalAvailable, totalReplicas } from "./revisions.js";

export const NEW_AVAILABLE = "NewReplicaSetAvailable";
export const TIMED_OUT = "ProgressDeadlineExceeded";
export const PAUSED = "DeploymentPaused";
/** A Deployment with this deadline has none. */
const NO_DEADLINE = 2 ** 31 - 1;

/** From the ReplicaSets alone; whether it progresses is `withProgress`'s. */
export function countedStatus(
	deployment: Deployment,
	all: readonly ReplicaSet[],
	fresh: ReplicaSet | null,
	nowUs: SimTime,
): DeploymentStatus {
	const sum = (of: (set: ReplicaSet) => number) => all.reduce((total, set) => total + of(set), 0);
	const availableReplicas = totalAvailable(all);
	const enough = availableReplicas >= deployment.spec.replicas - maxUnavailableOf(deployment);
	const available = enough
		? condition("True", "MinimumReplicasAvailable", "Deployment has minimum availability.", nowUs)
		: condition("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", nowUs);
	return {
		observedGeneration: deployment.metadata.generation,
		replicas: sum(({ status }) => status.replicas),
		updatedReplicas: fresh?.status.replicas ?? 0,
		readyReplicas: sum(({ status }) => status.readyReplicas),
		availableReplicas,
		unavailableReplicas: Math.max(0, totalReplicas(all) - availableReplicas),
		progressing: deployment.status.progressing,
		available: news(deployment.status.available, available),
		replicaFailure: deployment.status.replicaFailure,
	};
}

/** The status after a step of a rollout. */
export function rolloutStatus(
	deployment: Deployment,
	all: readonly ReplicaSet[],
	fresh: ReplicaSet | null,
	nowUs: SimTime,
): DeploymentStatus {
	const counted = countedStatus(deployment, all, fresh, nowUs);
	// What goes wrong with the new ReplicaSet goes before what does with old ones.
	const failure = fresh?.status.failure ?? all.find(({ status }) => status.failure !== null)?.status.failure ?? null;
	const replicaFailure =
		failure === null ? null : news(deployment.status.replicaFailure, condition("True", "FailedCreate", failure, nowUs));
	return { ...counted, replicaFailure, progressing: progressOf(deployment, counted, fresh, nowUs) };
}

function progressOf(
	deployment: Deployment,
	next: DeploymentStatus,
	fresh: ReplicaSet | null,
	nowUs: SimTime,
): Condition | null {
	if (!hasDeadline(deployment)) return null;
	const current = deployment.status.progressing;
	const isComplete = next.replicas === next.updatedReplicas && current?.reason === NEW_AVAILABLE;
	if (isComplete) return current;
	const name = fresh?.metadata.name ?? deployment.metadata.name;
	const what = fresh === null ? "Deployment" : "ReplicaSet";
	if (isFullyRolledOut(deployment, next))
		return news(current, condition("True", NEW_AVAILABLE, `${what} "${name}" has successfully progressed.`, nowUs));
	if (hasProgressed(deployment.status, next))
		return condition("True", "ReplicaSetUpdated", `${what} "${name}" is progressing.`, nowUs);
	if (isTimedOut(deployment, nowUs))
		return news(current, condition("False", TIMED_OUT, `${what} "${name}" has timed out progressing.`, nowUs));
	return current;
}

/** All its pods are of the new template and available, and none is left of others. */
export function isFullyRolledOut({ spec, metadata }: Deployment, status: DeploymentStatus): boolean {
	return (
		status.updatedReplicas === spec.replicas &&
		status.replicas === spec.replicas &&
		status.availableReplicas === spec.replicas &&
		status.observedGeneration >= metadata.generation
	);
}

/** How long until its deadline, less than nothing if that is past; null if there is no need to look whether it gets on. */
export function untilDeadlineUs(deployment: Deployment, status: DeploymentStatus, nowUs: SimTime): SimTime | null {
	const current = status.progressing;
	if (!hasDeadline(deployment) || current === null) return null;
	if (isFullyRolledOut(deployment, status) || current.reason === TIMED_OUT) return null;
	return current.updatedUs + deployment.spec.progressDeadlineSeconds * SECOND - nowUs;
}

export function hasDeadline({ spec }: Deployment): boolean {
	return spec.progressDeadlineSeconds !== NO_DEADLINE;
}

/** Times of conditions are whole seconds. */
export function condition(status: Condition["status"], reason: string, message: string, nowUs: SimTime): Condition {
	return { status, reason, message, updatedUs: Math.floor(nowUs / SECOND) * SECOND };
}

/** The same news again is none: the old condition stays. */
export function news(current: Condition | null, next: Condition): Condition {
	return current?.status === next.status && current.reason === next.reason ? current : next;
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
	return (
		after.updatedReplicas > before.updatedReplicas ||
		after.replicas - after.updatedReplicas < before.replicas - before.updatedReplicas ||
		after.readyReplicas > before.readyReplicas ||
		after.availableReplicas > before.availableReplicas
	);
}

function isTimedOut({ spec, status: { progressing } }: Deployment, nowUs: SimTime): boolean {
	if (progressing === null || progressing.reason === NEW_AVAILABLE || progressing.reason === PAUSED) return false;
	if (progressing.reason === TIMED_OUT) return true;
	return progressing.updatedUs + spec.progressDeadlineSeconds * SECOND < nowUs;
}

export function sameStatus(a: DeploymentStatus, b: DeploymentStatus): boolean {
	return (
		a.observedGeneration === b.observedGeneration &&
		a.replicas === b.replicas &&
		a.updatedReplicas === b.updatedReplicas &&
		a.readyReplicas === b.readyReplicas &&
		a.availableReplicas === b.availableReplicas &&
		a.unavailableReplicas === b.unavailableReplicas &&
		sameCondition(a.progressing, b.progressing) &&
		sameCondition(a.available, b.available) &&
		sameCondition(a.replicaFailure, b.replicaFailure)
	);
}

function sameCondition(a: Condition | null, b: Condition | null): boolean {
	if (a === null || b === null) return a === b;
	return (
		a === b ||
		(a.status === b.status && a.reason === b.reason && a.message === b.message && a.updatedUs === b.updatedUs)
	);
}
