/** Simulations of kube-scheduler with pod groups and quotas. */
import type { Cell } from "../../src/cell/cell.js";
import { type ClusterObjects, NO_OBJECTS } from "../../src/objects/cluster-objects.js";
import type { ElasticQuota } from "../../src/objects/elastic-quota.js";
import { podFromManifest, podSchema } from "../../src/objects/pod.js";
import type { PodGroup } from "../../src/objects/pod-group.js";
import type { ResourceList } from "../../src/objects/resources.js";
import type { PodFacts } from "../../src/objects/spec.js";
import type { Workload } from "../../src/objects/workload.js";
import { kubernetesConfigurationSchema } from "../../src/scheduling/kubernetes/configuration.js";
import { type KubernetesOptions, KubernetesScheduler } from "../../src/scheduling/kubernetes/kubernetes-scheduler.js";
import type { SimulateOptions } from "./simulations.js";

export const SECOND = 1_000_000;

/** One kube-scheduler with its own queue and this profile, for ten minutes. */
export function kubeScheduler(profile: object, keeps: KubernetesOptions["keeps"] = "repeated"): SimulateOptions {
	const kind = { apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" };
	const { profiles } = kubernetesConfigurationSchema.parse({ ...kind, profiles: [profile] });
	return {
		scheduler: () => new KubernetesScheduler({ profiles, tieBreak: "first", keeps }),
		queue: { discipline: "kubernetes", backoff: { initialUs: 0, maxUs: 0 } },
		endUs: 600 * SECOND,
	};
}

export function coscheduling(args: object = {}, postFilter: object = {}): object {
	const multiPoint = { enabled: [{ name: "Coscheduling" }], disabled: [{ name: "PrioritySort" }] };
	return { plugins: { multiPoint, postFilter }, pluginConfig: [{ name: "Coscheduling", args }] };
}

export const GANG_SCHEDULING = { plugins: { multiPoint: { enabled: [{ name: "GangScheduling" }] } } };

/** Workloads of the namespace `default`, by name: the `minCount` of their groups; null for the policy `basic`. */
export function workloads(given: Readonly<Record<string, Readonly<Record<string, number | null>>>>): ClusterObjects {
	const list = Object.entries(given).map(([name, groups]): [string, Workload] => {
		const podGroups = new Map(Object.entries(groups).map(([group, minCount]) => [group, { minCount }]));
		return [`default/${name}`, { namespace: "default", name, podGroups }];
	});
	return { ...NO_OBJECTS, workloads: new Map(list) };
}

/** Facts of a pod that names a group of a Workload. */
export function inWorkload(name: string, podGroup = "workers", podGroupReplicaKey = ""): Partial<PodFacts> {
	const workloadRef = { name, podGroup, podGroupReplicaKey };
	const manifest = podSchema.parse({ metadata: { name: "p" }, spec: { containers: [{ name: "c" }], workloadRef } });
	return { demands: podFromManifest(manifest, []).spec.facts.demands! };
}

export const CAPACITY = {
	plugins: {
		preFilter: { enabled: [{ name: "CapacityScheduling" }] },
		postFilter: { enabled: [{ name: "CapacityScheduling" }], disabled: [{ name: "*" }] },
		reserve: { enabled: [{ name: "CapacityScheduling" }] },
	},
};

/** Groups of the namespace `default`, by name: what they need at least, or more about them. */
export function podGroups(given: Readonly<Record<string, number | Partial<PodGroup>>>): ClusterObjects {
	const list = Object.entries(given).map(([name, of]): [string, PodGroup] => {
		const spec = typeof of === "number" ? { minMember: of } : of;
		const group = { namespace: "default", name, minMember: 1, minResources: null, scheduleTimeoutSeconds: null };
		return [`default/${name}`, { ...group, ...spec }];
	});
	return { ...NO_OBJECTS, podGroups: new Map(list) };
}

/** Quotas by namespace: min and max. */
export function quotas(
	given: Readonly<Record<string, readonly [ResourceList | null, ResourceList | null]>>,
): ClusterObjects {
	const list = Object.entries(given).map(([namespace, [min, max]]): [string, ElasticQuota] => {
		return [namespace, { namespace, name: "quota", min, max }];
	});
	return { ...NO_OBJECTS, quotas: new Map(list) };
}

/** Facts of a pod that belongs to a group. */
export function inGroup(name: string, more: Partial<PodFacts> = {}): Partial<PodFacts> {
	return { ...more, labels: { "scheduling.x-k8s.io/pod-group": name } };
}

/** Fails a run that tries again and again: a simulation must come to rest until something happens. */
export const restless = (_engine: unknown, cell: Cell) => {
	let tries = 0;
	let atUs = 0;
	cell.watch({
		attempted({ job: { name } }) {
			tries = cell.nowUs < atUs + SECOND ? tries + 1 : 0;
			if (tries === 0) atUs = cell.nowUs;
			if (tries > 500) throw new Error(`${name} is tried for ever`);
		},
	});
};
