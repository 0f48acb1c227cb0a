/**
 * Keeps the status of PodDisruptionBudgets: how many of their pods may be evicted now. Source: pkg/controller/disruption.
 *
 * Where declared numbers are asked for, pods of Jobs and DaemonSets make that fail, as do those whose owner is gone: nothing may be
 * evicted then. Pods of no owner count nothing.
 *
 * Divergence from Kubernetes: the scale of an owner is known for Deployments, ReplicaSets, StatefulSets and Borg's jobs; pods of owners of
 * kinds that Kubernetes does not have count nothing either.
 */
import type { LabelSelector } from "../../objects/selector.js";
import {
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	type Sync,
	update,
} from "../controller.js";
import { budgetStatus, countsDeclared, DELETION_TIMEOUT_US, failedStatus } from "../disruption-budget.js";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "../kinds/pod-disruption-budget.js";
import type { Pod } from "../pod.js";
import type { PodTally } from "../pod-tally.js";
import { ProtectedPods } from "./protected-pods.js";

/** Kinds whose spec says how many pods there shall be. */
const SCALES: ReadonlySet<string> = new Set(["Deployment", "ReplicaSet", "StatefulSet", "BorgJob"]);

/** Kinds that have no such number. */
const SCALELESS: ReadonlyMap<string, string> = new Map([
	["Job", "jobs.batch"],
	["DaemonSet", "daemonsets.apps"],
]);

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

	/** What the controllers of the pods declare, each once; why nobody can tell. */
	#declared(pods: PodTally): number | string {
		const scales = new Map<number, number>();
		for (const pod of pods.oneOfEachOwner()) {
			const { kind } = pod.metadata.owner!;
			const resource = SCALELESS.get(kind);
			if (resource !== undefined) return `${resource} does not implement the scale subresource`;
			const owner = this.#topOwner(pod);
			if (owner !== undefined) scales.set(owner.uid, owner.replicas);
			else if (SCALES.has(kind)) return `found no controllers for pod "${pod.metadata.name}"`;
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
		if (typeof expected === "string")
			this.#context.event(budget, "Warning", "CalculateExpectedPodCountFailed", `${FAILED}: ${expected}`);
		else if (countsDeclared(budget.spec) && pods.unowned > 0)
			this.#context.event(budget, "Warning", "UnmanagedPods", unmanaged(budget.spec.selector!));
		const status =
			typeof expected === "string"
				? failedStatus(budget, expected, nowUs)
				: budgetStatus(budget, pods, expected, nowUs);
		if (!sameStatus(status, budget.status)) granted(yield* update({ ...budget, status }));
		const sinceUs = Object.values(status.disruptedPods);
		if (sinceUs.length > 0) this.#context.enqueueAfter(key, Math.min(...sinceUs) + DELETION_TIMEOUT_US - nowUs);
	}
}

const FAILED = "Failed to calculate the number of expected pods";

/** As Go prints the selector. */
function unmanaged({ matchLabels, matchExpressions }: LabelSelector): string {
	const labels = Object.entries(matchLabels).map(([key, value]) => `${key}: ${value},`);
	const terms = matchExpressions.map(
		({ key, operator, values }) =>
			`LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
	);
	const selector = `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${terms.join("")}},}`;
	return `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}

function sameStatus(a: PodDisruptionBudgetStatus, b: PodDisruptionBudgetStatus): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
