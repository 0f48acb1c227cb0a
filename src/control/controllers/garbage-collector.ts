/**
 * Deletes what has lost its owner, level by level; lets owners that wait for it go when nothing of theirs is left; and sets free what an
 * owner leaves behind. How an owner is deleted says a finalizer on it: none (background), `foregroundDeletion`, `orphan`.
 * Source: pkg/controller/garbagecollector (garbagecollector.go, graph_builder.go).
 *
 * Divergence from Kubernetes: an object has one owner at most, and the graph of owners is what the informers have; there are no circles.
 */
import { type ApiObject, keyOf, type OwnerReference } from "../api-object.js";
import type { ApiChange, ApiResult } from "../api-server.js";
import {
	all,
	type Controller,
	type ControllerContext,
	get,
	granted,
	type MakeController,
	patch,
	remove,
	type Step,
	type Sync,
} from "../controller.js";
import { builtInKinds } from "../kinds/index.js";
import type { AnyKind } from "../kinds/kind.js";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/** Kinds that nobody writes a manifest of. */
export const UNDECLARED: readonly string[] = ["EndpointSlice", "Pod"];

/** Owners remembered as gone. */
const ABSENT = 500;

/** `kinds`: besides those that nobody declares. */
export function garbageCollectorFor(kinds: readonly AnyKind[]): MakeController {
	return (context) => new GarbageCollector(context, kinds);
}

export const garbageCollector: MakeController = garbageCollectorFor(builtInKinds);

type Answers = readonly ApiResult[];

/** Its keys: `Pod default/web-1 17`, the last word being the uid, and `orphans ` before that. */
class GarbageCollector implements Controller {
	readonly name = "generic-garbage-collector";
	readonly workers = 20;
	readonly client = { qps: 2, burst: 1 };
	readonly watches: Controller["watches"];
	readonly #context: ControllerContext;
	readonly #kinds: readonly string[];
	readonly #clusterWide: ReadonlySet<string>;
	readonly #absent = new Set<number>();

	constructor(context: ControllerContext, kinds: readonly AnyKind[]) {
		this.#context = context;
		this.#kinds = [...new Set([...kinds.map(({ kind }) => kind), ...UNDECLARED])];
		this.#clusterWide = new Set(kinds.filter(({ namespaced }) => !namespaced).map(({ kind }) => kind));
		this.watches = Object.fromEntries(this.#kinds.map((kind) => [kind, (change: ApiChange) => this.#changed(change)]));
	}

	#changed({ before, after }: ApiChange): void {
		if (after === null) {
			this.#gone(before!);
			return;
		}
		const { owner } = after.metadata;
		const ownerIsNew = owner !== null && owner.uid !== before?.metadata.owner?.uid;
		if (ownerIsNew && this.#seenOwner(owner, after) === undefined) this.#look(after);
		if (waitsFor(after, FOREGROUND) && !(before !== null && waitsFor(before, FOREGROUND))) {
			for (const dependent of this.#dependents(after)) this.#look(dependent);
			this.#look(after);
		}
		if (waitsFor(after, ORPHAN) && !(before !== null && waitsFor(before, ORPHAN)))
			this.#context.enqueue(`orphans ${idOf(after)}`);
	}

	#gone(object: ApiObject): void {
		const dependents = this.#dependents(object);
		if (dependents.length > 0) this.#remember(object.metadata.uid);
		for (const dependent of dependents) this.#look(dependent);
		const { owner } = object.metadata;
		const waiting = owner === null ? undefined : this.#seenOwner(owner, object);
		if (waiting !== undefined && waitsFor(waiting, FOREGROUND)) this.#look(waiting);
	}

	#remember(uid: number): void {
		this.#absent.add(uid);
		if (this.#absent.size <= ABSENT) return;
		for (const oldest of this.#absent) {
			this.#absent.delete(oldest);
			return;
		}
	}

	#look(object: ApiObject): void {
		this.#context.enqueue(idOf(object));
	}

	/** All that it owns, by kind, then in order of creation. */
	#dependents({ metadata: { uid } }: ApiObject): readonly ApiObject[] {
		const dependents: ApiObject[] = [];
		for (const kind of this.#kinds)
			for (const dependent of this.#context.seen.owned(kind, uid).values()) dependents.push(dependent);
		return dependents;
	}

	#seenOwner(owner: OwnerReference, of: ApiObject): ApiObject | undefined {
		const found = this.#context.seen.get(owner.kind, this.#ownerKey(owner, of));
		return found?.metadata.uid === owner.uid ? found : undefined;
	}

	#ownerKey({ kind, name }: OwnerReference, { metadata }: ApiObject): string {
		return `${this.#clusterWide.has(kind) ? "" : metadata.namespace}/${name}`;
	}

	*reconcile(key: string): Sync {
		const words = key.split(" ");
		const uid = Number(words.pop());
		const [objectKey, kind, orphans] = words.reverse() as [string, string, string | undefined];
		const item = this.#context.seen.get(kind, objectKey);
		if (item?.metadata.uid !== uid) return;
		if (orphans !== undefined) yield* this.#setFree(item);
		else yield* this.#attempt(item);
	}

	/** An object that may have lost its owner, or that waits for what it owns. */
	*#attempt(item: ApiObject): Generator<Step, void, Answers> {
		const key = keyOf(item);
		if (item.metadata.deletedUs !== null && !waitsFor(item, FOREGROUND)) return;
		const found = yield* get(item.kind, key);
		if (!found.ok || found.object.metadata.uid !== item.metadata.uid) return;
		if (waitsFor(item, FOREGROUND)) {
			yield* this.#waitForDependents(item);
			return;
		}
		const { owner } = found.object.metadata;
		if (owner === null) return;
		const state = yield* this.#stateOf(owner, item);
		if (state === "solid") return;
		const cascade = state === "waits" && this.#dependents(item).length > 0;
		granted404(yield* remove(item.kind, key, { uid: item.metadata.uid, ...(cascade && { finalizers: [FOREGROUND] }) }));
	}

	*#waitForDependents(item: ApiObject): Generator<Step, void, Answers> {
		const blocking = this.#dependents(item).filter(({ metadata }) => metadata.owner!.blockOwnerDeletion);
		if (blocking.length === 0) yield* this.#finish(item, FOREGROUND);
		for (const dependent of blocking) if (!waitsFor(dependent, FOREGROUND)) this.#look(dependent);
	}

	*#stateOf(owner: OwnerReference, of: ApiObject): Generator<Step, "absent" | "waits" | "solid", Answers> {
		if (this.#absent.has(owner.uid)) return "absent";
		const found = yield* get(owner.kind, this.#ownerKey(owner, of));
		if (!found.ok || found.object.metadata.uid !== owner.uid) {
			this.#remember(owner.uid);
			return "absent";
		}
		return waitsFor(found.object, FOREGROUND) ? "waits" : "solid";
	}

	/** What it owns belongs to nobody from now on. */
	*#setFree(item: ApiObject): Generator<Step, void, Answers> {
		const results = yield* all(
			this.#dependents(item).map((dependent) => ({
				verb: "patch" as const,
				kind: dependent.kind,
				key: keyOf(dependent),
				change: (present: ApiObject) =>
					present.metadata.owner?.uid === item.metadata.uid
						? { ...present, metadata: { ...present.metadata, owner: null } }
						: present,
			})),
		);
		for (const result of results) granted404(result);
		yield* this.#finish(item, ORPHAN);
	}

	/** Takes the finalizer off. */
	*#finish(item: ApiObject, finalizer: string): Generator<Step, void, Answers> {
		const found = yield* get(item.kind, keyOf(item));
		if (!found.ok || found.object.metadata.uid !== item.metadata.uid) return;
		const without = (object: ApiObject) => {
			const finalizers = object.metadata.finalizers.filter((other) => other !== finalizer);
			return { ...object, metadata: { ...object.metadata, finalizers } };
		};
		granted404(yield* patch(found.object, without));
	}
}

function idOf(object: ApiObject): string {
	return `${object.kind} ${keyOf(object)} ${object.metadata.uid}`;
}

/** Whether it is on its way out and this holds it. */
function waitsFor({ metadata: { deletedUs, finalizers } }: ApiObject, finalizer: string): boolean {
	return deletedUs !== null && finalizers.includes(finalizer);
}

/** What is gone already is as good as done. */
function granted404(result: ApiResult): void {
	if (!result.ok && result.error.code !== 404) granted(result);
}
