/**
 * The eviction API: deletes a pod if its PodDisruptionBudget allows. Source: pkg/registry/core/pod/storage/eviction.go.
 *
 * Divergence from Kubernetes: how the writes of one eviction wait for those of others is what the API server's capacity makes of it.
 */
import type { Engine, EventKind } from "../engine/engine.js";
import { MILLISECOND, type SimTime } from "../engine/time.js";
import { keyOf } from "./api-object.js";
import type { ApiError, ApiResult, ApiServer } from "./api-server.js";
import type { Availability } from "./availability/availability.js";
import type { Capacity } from "./capacity.js";
import { protects, withEviction } from "./disruption-budget.js";
import type { PodDisruptionBudget } from "./kinds/pod-disruption-budget.js";
import { isTerminal, type Pod } from "./pod.js";

/** Tries that conflict with another write to the budget, and the wait between them, up to a tenth longer by chance. */
const TRIES = 20;
const RETRY_US = 500 * MILLISECOND;
const RETRY_JITTER = 0.1;
/** Pods of one budget whose eviction was granted and that are not gone yet. */
const MOST_DISRUPTED = 2000;

export interface EvictionOptions {
	readonly phase: number;
	/** Of each read or write, where the API server has nothing else to do. */
	readonly requestUs: SimTime;
	readonly capacity: Capacity;
	/** In [0, 1): by how much of the jitter a retry is late. */
	readonly jitter: () => number;
	readonly availability: Availability;
}

/** Yields the times at which it goes on. */
type Steps = Generator<SimTime, ApiResult, undefined>;

export class Evictions {
	readonly #engine: Engine;
	readonly #server: ApiServer;
	readonly #options: EvictionOptions;
	readonly #step: EventKind;
	readonly #open = new Map<number, { readonly steps: Steps; readonly answer: (result: ApiResult) => void }>();
	#count = 0;

	constructor(engine: Engine, server: ApiServer, options: EvictionOptions) {
		this.#engine = engine;
		this.#server = server;
		this.#options = options;
		this.#step = engine.kind("eviction", options.phase, (slot) => this.#advance(slot));
	}

	/** Asks for the eviction of a pod. 404 if it is gone or another one than `uid`, 429 if its budget does not allow it now; a retry may succeed later. */
	evict(key: string, answer: (result: ApiResult) => void, uid?: number): void {
		const slot = this.#count++ & SLOT_MASK;
		this.#open.set(slot, { steps: this.#evict(key, uid), answer });
		this.#engine.schedule(this.#engine.nowUs + this.#options.requestUs, this.#step, slot);
	}

	#advance(slot: number): void {
		const { steps, answer } = this.#open.get(slot)!;
		const { refusal } = this.#options.availability;
		if (refusal !== null) {
			this.#open.delete(slot);
			answer({ ok: false, error: refusal });
			return;
		}
		const { done, value } = steps.next();
		if (!done) {
			this.#engine.schedule(value, this.#step, slot);
			return;
		}
		this.#open.delete(slot);
		answer(value);
	}

	*#evict(key: string, uid: number | undefined): Steps {
		const pod = this.#server.get("Pod", key) as Pod | undefined;
		if (uid !== undefined && pod?.metadata.uid !== uid)
			return refused(404, `Pod "${key.slice(key.indexOf("/") + 1)}" not found`);
		if (pod !== undefined && !isFree(pod)) {
			const budgets = this.#budgetsOf(pod);
			if (budgets.length > 1) return refused(500, SEVERAL);
			const [budget] = budgets;
			if (budget !== undefined && !isBeyond(budget, pod)) {
				const error = yield* this.#charge(keyOf(budget), pod);
				if (error !== null) return { ok: false, error };
			}
		}
		yield this.#writeUs();
		const marked = this.#server.patch("Pod", key, (object) => disrupted(object as Pod));
		if (!marked.ok) return marked;
		yield this.#writeUs();
		return this.#server.delete("Pod", key, { uid: marked.object.metadata.uid });
	}

	/** Takes one of what the budget allows; why not, or null. */
	*#charge(key: string, pod: Pod): Generator<SimTime, ApiError | null, undefined> {
		for (let tries = 1; ; tries++) {
			const seen = this.#server.get("PodDisruptionBudget", key) as PodDisruptionBudget | undefined;
			if (seen === undefined) return null;
			const error = refusalOf(seen);
			if (error !== null) return error;
			yield this.#writeUs();
			const status = withEviction(seen.status, pod.metadata.name, this.#engine.nowUs);
			const written = this.#server.update({ ...seen, status });
			if (written.ok) return null;
			if (written.error.code !== 409 || tries === TRIES) return written.error;
			yield this.#engine.nowUs + Math.round(RETRY_US * (1 + RETRY_JITTER * this.#options.jitter()));
		}
	}

	#budgetsOf(pod: Pod): readonly PodDisruptionBudget[] {
		const budgets = [...this.#server.list("PodDisruptionBudget")] as PodDisruptionBudget[];
		return budgets.filter((budget) => protects(budget, pod));
	}

	#writeUs(): SimTime {
		return this.#options.capacity.take(this.#engine.nowUs, this.#options.requestUs);
	}
}

const SLOT_MASK = 0xff_ff_ff;
const SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
const VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget.";

/** No budget is asked about a pod that does not serve anyway. */
function isFree({ metadata, status: { phase } }: Pod): boolean {
	return metadata.deletedUs !== null || phase === "Pending" || isTerminal(phase);
}

/** A pod that is not ready does no harm to a budget that is met without it. */
function isBeyond({ spec, status: { currentHealthy, desiredHealthy } }: PodDisruptionBudget, pod: Pod): boolean {
	if (pod.status.ready) return false;
	if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
	return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function refusalOf({ metadata, status }: PodDisruptionBudget): ApiError | null {
	const { name } = metadata;
	if (status.observedGeneration < metadata.generation)
		return {
			code: 429,
			message: VIOLATES,
			cause: `The disruption budget ${name} is still being processed by the server.`,
		};
	if (Object.keys(status.disruptedPods).length > MOST_DISRUPTED)
		return { code: 403, message: "DisruptedPods map too big - too many evictions not confirmed by PDB controller" };
	if (status.disruptionsAllowed > 0) return null;
	const { desiredHealthy, currentHealthy } = status;
	return {
		code: 429,
		message: VIOLATES,
		cause: `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
	};
}

function disrupted(pod: Pod): Pod {
	return { ...pod, status: { ...pod.status, disruption: "EvictionByEvictionAPI" } };
}

function refused(code: ApiError["code"], message: string): ApiResult {
	return { ok: false, error: { code, message } };
}
