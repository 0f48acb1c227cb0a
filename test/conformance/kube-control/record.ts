/** Writes down what happens in a control plane of ours as the recordings do: the same fields of the same kinds. */
import type { ApiObject } from "../../../src/control/api-object.js";
import type { ApiChange, ApiServer, PostedEvent } from "../../../src/control/api-server.js";
import type { Condition, Deployment } from "../../../src/control/kinds/deployment.js";
import type { EndpointSlice } from "../../../src/control/kinds/endpoint-slice.js";
import type { HorizontalPodAutoscaler } from "../../../src/control/kinds/horizontal-pod-autoscaler.js";
import type { PodDisruptionBudget } from "../../../src/control/kinds/pod-disruption-budget.js";
import type { ReplicaSet } from "../../../src/control/kinds/replica-set.js";
import type { QuotaAmounts, ResourceQuota } from "../../../src/control/kinds/resource-quota.js";
import type { Pod } from "../../../src/control/pod.js";
import { formatQuota } from "../../../src/control/quota-usage.js";
import type { Raw, TimelineEvent } from "./golden.js";
import { NODE_FIELDS } from "./record-nodes.js";
import { WORKLOAD_FIELDS } from "./record-workloads.js";

/** What is recorded of each kind; undefined for what an object does not have. */
const FIELDS: Readonly<Record<string, (object: never) => Raw>> = {
	Pod: ({ metadata, spec, status }: Pod) => ({
		own: ownerOf(metadata),
		hash: metadata.labels["pod-template-hash"] ?? metadata.labels["controller-revision-hash"],
		node: spec.nodeName || undefined,
		phase: status.phase,
		ready: status.ready || undefined,
		del: metadata.deletedUs === null ? undefined : true,
		disruption: status.disruption || undefined,
		nominated: status.nominatedNode || undefined,
		unsched: status.unschedulable || undefined,
		fin: metadata.finalizers.length > 0 ? metadata.finalizers : undefined,
		idx: metadata.annotations["batch.kubernetes.io/job-completion-index"],
	}),
	ReplicaSet: ({ metadata, spec, status }: ReplicaSet) => ({
		own: ownerOf(metadata),
		spec: spec.replicas,
		rep: status.replicas,
		ready: status.readyReplicas,
		avail: status.availableReplicas,
		rev: metadata.annotations["deployment.kubernetes.io/revision"],
		desired: metadata.annotations["deployment.kubernetes.io/desired-replicas"],
		max: metadata.annotations["deployment.kubernetes.io/max-replicas"],
		del: metadata.deletedUs === null ? undefined : true,
	}),
	Deployment: ({ metadata, spec, status }: Deployment) => ({
		spec: spec.replicas,
		rep: status.replicas,
		upd: status.updatedReplicas,
		ready: status.readyReplicas,
		avail: status.availableReplicas,
		unavail: status.unavailableReplicas,
		gen: metadata.generation,
		obs: status.observedGeneration,
		paused: spec.paused || undefined,
		rev: metadata.annotations["deployment.kubernetes.io/revision"],
		"c.Available": conditionOf(status.available),
		"c.Progressing": conditionOf(status.progressing),
		"c.ReplicaFailure": conditionOf(status.replicaFailure),
		del: metadata.deletedUs === null ? undefined : true,
	}),
	EndpointSlice: ({ spec: { endpoints } }: EndpointSlice) => ({
		ready: endpoints.filter(({ ready }) => ready).length,
		serving: endpoints.filter(({ serving }) => serving).length,
		terminating: endpoints.filter(({ terminating }) => terminating).length,
		total: endpoints.length,
	}),
	PodDisruptionBudget: ({ status }: PodDisruptionBudget) => ({
		allowed: status.disruptionsAllowed,
		cur: status.currentHealthy,
		des: status.desiredHealthy,
		exp: status.expectedPods,
		obs: status.observedGeneration,
		disrupted: Object.keys(status.disruptedPods).length,
		"c.DisruptionAllowed": conditionOf(status.allowed),
	}),
	HorizontalPodAutoscaler: ({ status }: HorizontalPodAutoscaler) => ({
		cur: status.currentReplicas,
		des: status.desiredReplicas,
		"m.cpu": status.currentMetrics["cpu"],
		lastScale: Number.isNaN(status.lastScaleUs) ? undefined : true,
		"c.AbleToScale": spelledOut(status.ableToScale),
		"c.ScalingActive": spelledOut(status.scalingActive),
		"c.ScalingLimited": spelledOut(status.scalingLimited),
	}),
	ResourceQuota: ({ status: { hard, used } }: ResourceQuota) => ({ hard: quotaTexts(hard), used: quotaTexts(used) }),
	...WORKLOAD_FIELDS,
	...NODE_FIELDS,
};

/** Fields whose absence in a recording means so. */
export const ABSENT: Readonly<Record<string, unknown>> = { ready: false };

/** What the recordings call some kinds. */
const SHORT: Readonly<Record<string, string>> = { PodDisruptionBudget: "PDB", HorizontalPodAutoscaler: "HPA" };

/** The namespace of the repeat that is recorded; others may run beside it. */
const RECORDED = "default";

export class Recorder {
	readonly events: TimelineEvent[] = [];
	readonly #clock: { readonly nowUs: number };

	constructor(clock: { readonly nowUs: number }, server: ApiServer) {
		this.#clock = clock;
		server.watch((change) => this.#changed(change));
		server.watchEvents((event) => this.#posted(event));
	}

	action(what: string, more: Raw = {}): void {
		this.events.push({ ...more, t: this.#now, k: "ACTION", do: what });
	}

	get #now(): number {
		return this.#clock.nowUs / 1000;
	}

	#changed({ kind, before, after }: ApiChange): void {
		const fields = FIELDS[kind];
		if (fields === undefined) return;
		const { name: n, namespace } = (after ?? before)!.metadata;
		const k = SHORT[kind] ?? kind;
		if (namespace !== "" && namespace !== RECORDED) return;
		if (after === null) {
			this.events.push({ t: this.#now, k, n, op: "D" });
			return;
		}
		const now = defined(fields(after as never));
		if (before === null) {
			this.events.push({ ...now, t: this.#now, k, n, op: "A" });
			return;
		}
		const was = defined(fields(before as never));
		const changed: Record<string, unknown> = {};
		for (const key of new Set([...Object.keys(was), ...Object.keys(now)]))
			if (JSON.stringify(was[key]) !== JSON.stringify(now[key])) changed[key] = now[key] ?? null;
		this.events.push({ ...changed, t: this.#now, k, n, op: "M" });
	}

	#posted({ source, about, reason, message }: PostedEvent): void {
		if (about.metadata.namespace !== RECORDED) return;
		const obj = `${about.kind}/${about.metadata.name}`;
		this.events.push({ t: this.#now, k: "Event", op: "A", src: source, obj, reason, msg: message });
	}
}

function ownerOf({ owner }: ApiObject["metadata"]): string | undefined {
	return owner === null ? undefined : `${owner.kind}/${owner.name}`;
}

function spelledOut(condition: Condition | null): string | undefined {
	return condition === null ? undefined : `${condition.status}/${condition.reason}: ${condition.message}`;
}

function quotaTexts(amounts: QuotaAmounts): Raw {
	return Object.fromEntries(
		Object.entries(amounts).map(([resource, amount]) => [resource, formatQuota(amount, resource)]),
	);
}

function conditionOf(condition: Condition | null): string | undefined {
	return condition === null ? undefined : `${condition.status}/${condition.reason}`;
}

function defined(fields: Raw): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
