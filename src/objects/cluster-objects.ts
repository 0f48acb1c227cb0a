/**
 * The objects of a cluster, other than nodes and pods, that decide where pods may go: namespaces, what selects pods, budgets,
 * volumes, pod groups, quotas. They are declared before a run and stay as they are.
 */
import type { DisruptionBudget } from "./disruption-budget.js";
import type { ElasticQuota } from "./elastic-quota.js";
import type { PodGroup } from "./pod-group.js";
import type { LabelSelector, Labels } from "./selector.js";
import type { Storage } from "./storage.js";
import type { Workload } from "./workload.js";

/** A Service that selects pods. */
export interface Service {
	readonly namespace: string;
	readonly selector: Labels;
}

/** A ReplicationController, ReplicaSet or StatefulSet. */
export interface PodOwner {
	readonly apiVersion: string;
	readonly kind: string;
	readonly namespace: string;
	readonly name: string;
	readonly selector: LabelSelector;
}

export interface ClusterObjects {
	/** Labels by name; a namespace that is not here has only the label with its name. */
	readonly namespaces: ReadonlyMap<string, Labels>;
	readonly services: readonly Service[];
	readonly owners: readonly PodOwner[];
	readonly budgets: readonly DisruptionBudget[];
	readonly storage: Storage;
	/** By namespace and name, as `podGroupOf` says them. */
	readonly podGroups: ReadonlyMap<string, PodGroup>;
	/** By namespace and name. */
	readonly workloads: ReadonlyMap<string, Workload>;
	/** By namespace. */
	readonly quotas: ReadonlyMap<string, ElasticQuota>;
}

export const NO_OBJECTS: ClusterObjects = {
	namespaces: new Map(),
	services: [],
	owners: [],
	budgets: [],
	storage: { claims: new Map(), volumes: new Map(), classes: new Map(), limits: new Map() },
	podGroups: new Map(),
	workloads: new Map(),
	quotas: new Map(),
};

const NAME_LABEL = "kubernetes.io/metadata.name";

/** The labels of a namespace; every one has its name as a label. */
export function namespaceLabels(objects: ClusterObjects, namespace: string): Labels {
	return objects.namespaces.get(namespace) ?? { [NAME_LABEL]: namespace };
}
