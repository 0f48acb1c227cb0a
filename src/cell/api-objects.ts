/** What the API server of a cell holds besides nodes and pods, as far as it decides where pods may go. */
import { type ClusterObjects, NO_OBJECTS } from "../objects/cluster-objects.js";
import { claimsOf } from "../objects/pod-claims.js";
import type { NodeSpec } from "../objects/spec.js";
import { type ClaimBinding, type ClaimBindings, findVolumes } from "../objects/volume-matching.js";
import { Crashes } from "./crashes.js";
import type { PodId } from "./ids.js";
import { Nominations } from "./nominations.js";
import type { PodView } from "./pod-view.js";
import { SchedulingHold } from "./scheduling-hold.js";

export class ApiObjects {
	/** Declared before a run, and the same throughout. */
	declared: ClusterObjects = NO_OBJECTS;
	/** Pods that wait for a node they were promised. */
	readonly nominations = new Nominations();
	/** Whether schedulers can do anything. */
	readonly scheduling = new SchedulingHold();
	/** Nodes to which pods do not come back. */
	readonly crashes = new Crashes();
	readonly #bindings = new Map<string, ClaimBinding>();

	/** Volumes that claims got during the run. */
	get bindings(): ClaimBindings {
		return this.#bindings;
	}

	/** Whether a binding of a pod concerns anything here. */
	get concerned(): boolean {
		return !this.nominations.empty || this.declared.storage.claims.size > 0;
	}

	/** A pod has got a node: it waits no longer, and its claims get their volumes. */
	podBound(pod: PodView, node: NodeSpec): void {
		this.nominations.remove(pod.id);
		const { storage } = this.declared;
		const claims = claimsOf(pod.podClass, storage).found;
		if (claims.length === 0) return;
		for (const [key, binding] of findVolumes(storage, this.#bindings, claims, node).bindings)
			this.#bindings.set(key, binding);
	}

	/** The claim is gone: another one of its name is not bound yet. */
	claimGone(key: string): void {
		this.#bindings.delete(key);
	}

	/** A pending pod is gone. */
	podGone(pod: PodId): void {
		this.nominations.remove(pod);
	}
}
