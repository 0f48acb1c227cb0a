/**
 * What schedulers look at besides nodes and pods, as the API server has it: what selects pods, so that they are spread by it, budgets, and
 * the labels of namespaces. Objects that are declared before the run and are none of the control plane's stay as they are.
 *
 * Divergence from Kubernetes: a scheduler knows of a change at once.
 */
import type { Cell } from "../cell/cell.js";
import type { ClusterObjects } from "../objects/cluster-objects.js";
import type { ApiObject } from "./api-object.js";
import type { ApiChange, ApiServer } from "./api-server.js";
import type { PodDisruptionBudget } from "./kinds/pod-disruption-budget.js";
import type { ReplicaSet } from "./kinds/replica-set.js";
import type { Service } from "./kinds/service.js";

/** Kinds whose objects keep pods that they select. */
const OWNERS = ["ReplicaSet", "StatefulSet"] as const;

export class SchedulerObjects {
	readonly #cell: Cell;
	readonly #server: ApiServer;
	readonly #given: ClusterObjects;
	/** By kind and key, in order of creation. */
	readonly #owners = OWNERS.map((kind) => ({ kind, owners: new Map<string, ClusterObjects["owners"][number]>() }));

	constructor(cell: Cell, server: ApiServer) {
		this.#cell = cell;
		this.#server = server;
		this.#given = cell.api.declared;
		server.watch((change) => this.#changed(change));
	}

	#changed({ kind, key, before, after }: ApiChange): void {
		const { api } = this.#cell;
		if (kind === "Service" && isNews(before, after, "spec"))
			api.declared = { ...api.declared, services: [...this.#given.services, ...this.#services()] };
		else if ((OWNERS as readonly string[]).includes(kind)) {
			if (isNews(before, after, "spec")) this.#ownerChanged(kind, key, after);
			if (isNews(before, after, null))
				api.declared = { ...api.declared, owners: this.#owners.flatMap(({ owners }) => [...owners.values()]) };
		} else if (kind === "PodDisruptionBudget" && isNews(before, after, "status"))
			api.declared = { ...api.declared, budgets: this.#budgets() };
		else if (kind === "Namespace" && isNews(before, after, "metadata"))
			api.declared = { ...api.declared, namespaces: this.#namespaces() };
	}

	#services(): ClusterObjects["services"] {
		return ([...this.#server.list("Service")] as Service[])
			.filter(({ spec }) => Object.keys(spec.selector).length > 0)
			.map(({ metadata: { namespace }, spec: { selector } }) => ({ namespace, selector }));
	}

	/** Those in a file without an orchestrator have been created, too, where there is one. */
	#ownerChanged(kind: string, key: string, after: ApiObject | null): void {
		const { owners } = this.#owners.find((one) => one.kind === kind)!;
		if (after === null) {
			owners.delete(key);
			return;
		}
		const { metadata, spec } = after as ReplicaSet;
		const { namespace, name } = metadata;
		owners.set(key, { apiVersion: "apps/v1", kind, namespace, name, selector: spec.selector });
	}

	#budgets(): ClusterObjects["budgets"] {
		return ([...this.#server.list("PodDisruptionBudget")] as PodDisruptionBudget[]).map(
			({ metadata, spec, status }) => ({
				namespace: metadata.namespace,
				name: metadata.name,
				selector: spec.selector,
				disruptionsAllowed: status.disruptionsAllowed,
				disrupted: new Set(Object.keys(status.disruptedPods)),
			}),
		);
	}

	#namespaces(): ClusterObjects["namespaces"] {
		const namespaces = new Map(this.#given.namespaces);
		for (const { metadata } of this.#server.list("Namespace"))
			namespaces.set(metadata.name, { "kubernetes.io/metadata.name": metadata.name, ...metadata.labels });
		return namespaces;
	}
}

/** Whether an object came or went, or its `part` is another one. */
function isNews(
	before: ApiObject | null,
	after: ApiObject | null,
	part: "spec" | "status" | "metadata" | null,
): boolean {
	if (before === null || after === null) return true;
	return part !== null && before[part] !== after[part];
}
