/**
 * Keeps the status of PodDisruptionBudgets: how many of their pods may be evicted now. Source: pkg/controller/disruption.
 *
 * Divergence from Kubernetes: the scale of an owner is known for Deployments, ReplicaSets, StatefulSets and Borg's jobs; pods of other owners, and
 * of none, count nothing where declared numbers are asked for.
 */
import {
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	type Sync,
	update,
} from "../controller.js";
import { budgetStatus, countsDeclared, DELETION_TIMEOUT_US } from "../disruption-budget.js";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "../kinds/pod-disruption-budget.js";
import type { Pod } from "../pod.js";
import type { PodTally } from "../pod-tally.js";
import { ProtectedPods } from "./protected-pods.js";

/** Kinds whose spec says how many pods there shall be. */
const SCALES: ReadonlySet<string> = new Set(["Deployment", "ReplicaSet", "StatefulSet", "BorgJob"]);

export const disruptionController: MakeController = (context) => new DisruptionController(context);

class DisruptionController implements Controller {
	/** As it signs its events. */
	readonly name = "controllermanager";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		PodDisruptionBudget: (change) => {
			this.#protected.budgetChanged(change);
			this.#context.enqueue(change.key);
		},
		Pod: (change) => {
			for (const key of this.#protected.podChanged(change)) this.#context.enqueue(key);
		},
	};
	readonly #context: ControllerContext;
	readonly #protected: ProtectedPods;

	constructor(context: ControllerContext) {
		this.#context = context;
		this.#protected = new ProtectedPods(context.seen);
	}

	/** What the controllers of the pods declare, each once. */
	#declared(pods: PodTally): number {
		const scales = new Map<number, number>();
		for (const pod of pods.oneOfEachOwner()) {
			const owner = this.#topOwner(pod);
			if (owner !== undefined) scales.set(owner.uid, owner.replicas);
		}
		return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
	}

	/** The Deployment behind a ReplicaSet counts, not the ReplicaSet. */
	#topOwner({ metadata: { owner, namespace } }: Pick<Pod, "metadata">): { uid: number; replicas: number } | undefined {
		if (owner === null || !SCALES.has(owner.kind)) return undefined;
		const object = this.#context.seen.get(owner.kind, `${namespace}/${owner.name}`);
		if (object?.metadata.uid !== owner.uid) return undefined;
		const { replicas } = object.spec as { readonly replicas: number };
		return this.#topOwner(object) ?? { uid: owner.uid, replicas };
	}

	*reconcile(key: string): Sync {
		const budget = this.#context.seen.get("PodDisruptionBudget", key) as PodDisruptionBudget | undefined;
		if (budget === undefined) return;
		const { nowUs } = this.#context.clock;
		const pods = this.#protected.of(key);
		if (pods.size === 0) this.#context.event(budget, "Normal", "NoPods", "No matching pods found");
		const expected = countsDeclared(budget.spec) ? this.#declared(pods) : pods.size;
		const status = budgetStatus(budget, pods, expected, nowUs);
		if (!sameStatus(status, budget.status)) granted(yield* update({ ...budget, status }));
		const sinceUs = Object.values(status.disruptedPods);
		if (sinceUs.length > 0) this.#context.enqueueAfter(key, Math.min(...sinceUs) + DELETION_TIMEOUT_US - nowUs);
	}
}

function sameStatus(a: PodDisruptionBudgetStatus, b: PodDisruptionBudgetStatus): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
