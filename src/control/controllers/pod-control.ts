/**
 * Makes and ends the pods of an owner, and tells of it in events: what ReplicaSets, DaemonSets and Jobs have in common. What the owner expects
 * of the watch is said before (`Expectations.expect`); what does not come about is expected no longer. Source:
 * pkg/controller/controller_utils.go (RealPodControl).
 */
import { type ApiObject, type Draft, keyOf } from "../api-object.js";
import type { ApiResult } from "../api-server.js";
import { all, type ControllerContext, deletionOf, type Step } from "../controller.js";
import type { Pod } from "../pod.js";
import type { Expectations } from "./expectations.js";
import { slowStart } from "./slow-start.js";

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

export interface Made {
	readonly made: number;
	/** What went wrong, or null. */
	readonly error: string | null;
}

export interface Ended {
	readonly ended: readonly Pod[];
	/** What went wrong, or null: that a pod was gone before is nothing wrong. */
	readonly error: string | null;
}

export class PodControl {
	readonly #context: ControllerContext;
	readonly #expectations: Expectations;

	constructor(context: ControllerContext, expectations: Expectations) {
		this.#context = context;
		this.#expectations = expectations;
	}

	/** `count` pods by slow start, from drafts by their number. */
	*make(owner: ApiObject, count: number, draft: (index: number) => Draft): Steps<Made> {
		const { made, error } = yield* slowStart(count, draft, (result) => {
			if (result.ok)
				this.#context.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${result.object.metadata.name}`);
			else this.#context.event(owner, "Warning", "FailedCreate", `Error creating: ${result.error.message}`);
		});
		for (let lacking = made; lacking < count; lacking++) this.#expectations.created(keyOf(owner));
		return { made, error: error?.message ?? null };
	}

	/** All at once. */
	*end(owner: ApiObject, pods: readonly Pod[]): Steps<Ended> {
		const results = yield* all(pods.map(deletionOf));
		pods.forEach((pod, i) => {
			if (results[i]!.ok) this.#context.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
			else this.#expectations.deleted(keyOf(owner), keyOf(pod));
		});
		const failed = results.find((result) => !result.ok && result.error.code !== 404);
		return {
			ended: pods.filter((_, i) => results[i]!.ok),
			error: failed && !failed.ok ? failed.error.message : null,
		};
	}
}
