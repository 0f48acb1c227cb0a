/**
 * What a controller is: for each object of its kind it is asked, again and again, to bring what is there closer to what is
 * declared. It is told *that* something about the object may have changed, never what (level-triggered), and acts on what its informers
 * have seen.
 *
 * A sync is a generator that yields requests and goes on with their results: `const made = yield* create(draft)`. In between
 * time passes, and other objects are worked on; of one object there is one sync at a time. A sync that throws `SyncFailed` comes
 * back after its back-off.
 */
import type { SimTime } from "../engine/time.js";
import { type ApiObject, type Draft, keyOf } from "./api-object.js";
import type { ApiChange, ApiError, ApiResult, DeleteOptions, Sought } from "./api-server.js";
import type { ApiRequest } from "./client.js";
import type { Informers } from "./informers.js";
import type { Pod } from "./pod.js";
import type { QueueRates } from "./work-queue.js";

/** Requests sent at once; the sync goes on when all are answered. */
export type Step = readonly ApiRequest[];
export type Sync = Generator<Step, void, readonly ApiResult[]>;

/** What a controller can use while it works. */
export interface ControllerContext {
	readonly clock: { readonly nowUs: SimTime };
	/** What it has seen. */
	readonly seen: Informers;
	/** Has a key looked at now. */
	enqueue(key: string): void;
	/** Has a key looked at in a while; of several such wishes the earliest counts. */
	enqueueAfter(key: string, delayUs: SimTime): void;
	/** Has a key looked at again as after a failure: ever later, and no more than so many keys a second. */
	enqueueRateLimited(key: string): void;
	/** Ends a generated name: never twice the same, whichever replica leads. */
	nameSuffix(): string;
	/** Posts an event about an object, as `kubectl describe` shows it. It costs requests of its client. */
	event(about: ApiObject, type: "Normal" | "Warning", reason: string, message: string): void;
	/**
	 * What a manifest declares, defaults filled in, as something to create; with an owner it belongs to that object and goes with it. One
	 * that the API server would refuse ends the sync (`SyncFailed`).
	 */
	draft(manifest: unknown, owner?: ApiObject): Draft;
}

export interface Controller {
	readonly name: string;
	/** Keys that may be worked on at a time. */
	readonly workers: number;
	/** Default: those of client-go. */
	readonly rates?: QueueRates;
	/** How many times the usual requests a second and at once its client may send; default once. */
	readonly client?: { readonly qps: number; readonly burst: number };
	/** What it hears, by kind of object. */
	readonly watches: Readonly<Record<string, (change: ApiChange) => void>>;
	reconcile(key: string): Sync;
	/** Of one that looks at all its keys again and again, and mostly finds nothing to do. Default: it does not. */
	readonly rounds?: Rounds;
}

/** Saves what a sync costs that reads one object and ends: `reconcile` does the same (`byGlance`), in a few events more. */
export interface Rounds {
	/** Keys that are enqueued after this time come in the order in which they were. */
	readonly periodUs: SimTime;
	/** How a sync of the key begins; null if that is all. */
	begin(key: string): Glance | null;
}

/** What a sync reads first, and what it does about the answer. */
export interface Glance extends Sought {
	/** Null for nothing. */
	judge(found: ApiResult): Sync | null;
}

export type MakeController = (context: ControllerContext) => Controller;

/** A sync gives up for now: it comes back after its back-off. */
export class SyncFailed extends Error {
	override readonly name = "SyncFailed";
}

/** Asks for several things at once; the answers are in the order of the requests. */
export function* all(requests: Step): Generator<Step, readonly ApiResult[], readonly ApiResult[]> {
	return requests.length === 0 ? [] : yield requests;
}

function* ask(request: ApiRequest): Generator<Step, ApiResult, readonly ApiResult[]> {
	return (yield [request])[0]!;
}

export const get = (kind: string, key: string) => ask({ verb: "get", kind, key });
export const create = (draft: Draft) => ask({ verb: "create", draft });
export const update = (object: ApiObject) => ask({ verb: "update", object });
export const remove = (kind: string, key: string, options: DeleteOptions = {}) =>
	ask({ verb: "delete", kind, key, options });

/** The sync that begins with a glance. */
export function* byGlance({ kind, key, judge }: Glance): Sync {
	const rest = judge(yield* get(kind, key));
	if (rest !== null) yield* rest;
}

/** Deletes this pod, not another one that has its name by then; for steps of several requests. */
export const deletionOf = (pod: Pod): ApiRequest => ({
	verb: "delete",
	kind: "Pod",
	key: keyOf(pod),
	options: { uid: pod.metadata.uid },
});

/** Deletes all objects of a kind in a namespace. */
export const deleteAll = (kind: string, namespace: string) => ask({ verb: "delete-all", kind, namespace });

/** Changes an object whatever was written to it since. */
export function patch<Object extends ApiObject>(
	object: Object,
	change: (present: Object) => Object | ApiError,
): Generator<Step, ApiResult, readonly ApiResult[]> {
	const { kind, metadata } = object;
	return ask({
		verb: "patch",
		kind,
		key: `${metadata.namespace}/${metadata.name}`,
		change: (present) => change(present as Object),
	});
}

/** The object that a request made or found; a refusal ends the sync. */
export function granted<Object extends ApiObject>(result: ApiResult): Object {
	if (!result.ok) throw new SyncFailed(result.error.message);
	return result.object as Object;
}
