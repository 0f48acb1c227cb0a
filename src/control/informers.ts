/**
 * What a component of the control plane knows: a copy of the store that is a watch behind it. Controllers act on what they have
 * seen, not on the truth (client-go's shared informers: one cache for all controllers of a component).
 */
import type { Engine, EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import { type ApiObject, keyOf, type Texts } from "./api-object.js";
import type { ApiChange, ApiServer } from "./api-server.js";
import { LabelIndex, type Mark } from "./label-index.js";

export interface InformersOptions {
	/** Of the event kind, one of its own for each component. */
	readonly name: string;
	readonly phase: number;
	/** From a write to its arrival, asked for each write; none arrives before an earlier one. */
	readonly watchUs: () => SimTime;
}

/** The uid under which objects are found that belong to nobody. */
export const NOBODY = 0;
const NOTHING: ReadonlyMap<string, ApiObject> = new Map();

export class Informers {
	readonly #engine: Engine;
	readonly #arrive: EventKind;
	readonly #watchUs: () => SimTime;
	readonly #kinds = new Map<string, Map<string, ApiObject>>();
	/** By kind and the uid of the controlling owner. */
	readonly #owned = new Map<string, Map<number, Map<string, ApiObject>>>();
	/** Of the kinds that were asked for by label. */
	readonly #byLabel = new Map<string, LabelIndex>();
	readonly #handlers = new Map<string, ((change: ApiChange) => void)[]>();
	/** By who makes it. */
	readonly #common = new Map<object, object>();
	readonly #server: ApiServer;
	/** What was there when the component started, and when it hears of that; null if it has. */
	#listed: { readonly objects: readonly ApiObject[]; readonly atUs: SimTime } | null = null;
	#stopped = false;
	/** Changes on their way, the first `#seen` of which have arrived. */
	#coming: { readonly change: ApiChange; readonly atUs: SimTime }[] = [];
	#seen = 0;
	/** When the last of them arrives. */
	#lastUs = 0;
	#pending = false;

	constructor(engine: Engine, server: ApiServer, { name, phase, watchUs }: InformersOptions) {
		this.#engine = engine;
		this.#server = server;
		this.#watchUs = watchUs;
		this.#arrive = engine.kind(`watch/${name}`, phase, () => this.#arrived());
		server.watch((change) => this.#sent(change));
	}

	/** Hears changes of a kind when they have arrived, after the cache has them. */
	on(kind: string, handler: (change: ApiChange) => void): void {
		const handlers = this.#handlers.get(kind);
		if (handlers === undefined) this.#handlers.set(kind, [handler]);
		else handlers.push(handler);
	}

	/** The component is gone, with all that it knew and who heard of it. */
	stop(): void {
		this.#stopped = true;
		this.#listed = null;
		this.#coming = [];
		this.#seen = 0;
		for (const known of [this.#kinds, this.#owned, this.#byLabel, this.#handlers, this.#common]) known.clear();
	}

	/** It starts anew: asks what there is, takes it all in, hears of each as of something new, and of changes from then on. */
	restart(): void {
		this.#stopped = false;
		this.#lastUs = Math.max(this.#lastUs, this.#engine.nowUs + this.#watchUs());
		this.#listed = { objects: [...this.#server.everything()], atUs: this.#lastUs };
		this.#arm();
	}

	/** The objects of a kind by key, in order of creation. */
	all(kind: string): ReadonlyMap<string, ApiObject> {
		return this.#kinds.get(kind) ?? NOTHING;
	}

	get(kind: string, key: string): ApiObject | undefined {
		return this.#kinds.get(kind)?.get(key);
	}

	/** The objects of a kind that belong to an owner, or to `NOBODY`, by key, in order of creation. */
	owned(kind: string, uid: number): ReadonlyMap<string, ApiObject> {
		return this.#owned.get(kind)?.get(uid) ?? NOTHING;
	}

	/** The objects of a kind and a namespace that have all the labels, in order of creation. */
	having(kind: string, namespace: string, labels: Texts): readonly ApiObject[] {
		return this.#indexOf(kind).having(namespace, labels);
	}

	/** Says whether `having` may answer something else by now; null where it finds nothing: ask again. */
	mark(kind: string, namespace: string, labels: Texts): Mark | null {
		return this.#indexOf(kind).mark(namespace, labels);
	}

	/** What controllers keep together, made for the first who asks. */
	common<Thing extends object>(make: (seen: Informers) => Thing): Thing {
		return entry(this.#common, make, () => make(this)) as Thing;
	}

	#indexOf(kind: string): LabelIndex {
		let index = this.#byLabel.get(kind);
		if (index === undefined) {
			index = new LabelIndex();
			for (const object of this.all(kind).values()) index.changed(null, object);
			this.#byLabel.set(kind, index);
		}
		return index;
	}

	#sent(change: ApiChange): void {
		if (this.#stopped) return;
		this.#lastUs = Math.max(this.#lastUs, this.#engine.nowUs + this.#watchUs());
		this.#coming.push({ change, atUs: this.#lastUs });
		this.#arm();
	}

	#arm(): void {
		const next = this.#listed ?? this.#coming[this.#seen];
		if (this.#pending || next === undefined) return;
		this.#pending = true;
		this.#engine.schedule(next.atUs, this.#arrive, 0);
	}

	#arrived(): void {
		this.#pending = false;
		const { nowUs } = this.#engine;
		this.#takeIn(nowUs);
		while (this.#listed === null && this.#seen < this.#coming.length && this.#coming[this.#seen]!.atUs <= nowUs) {
			const { change } = this.#coming[this.#seen++]!;
			this.#keep(change);
			for (const handle of this.#handlers.get(change.kind) ?? []) handle(change);
		}
		// What has arrived is forgotten now and then, not each time.
		if (this.#seen * 2 > this.#coming.length) {
			this.#coming = this.#coming.slice(this.#seen);
			this.#seen = 0;
		}
		this.#arm();
	}

	/** All that there is is known before anybody hears of any. */
	#takeIn(nowUs: SimTime): void {
		if (this.#listed === null || this.#listed.atUs > nowUs) return;
		const news = this.#listed.objects.map((after) => ({ kind: after.kind, key: keyOf(after), before: null, after }));
		this.#listed = null;
		for (const change of news) this.#keep(change);
		for (const change of news) for (const handle of this.#handlers.get(change.kind) ?? []) handle(change);
	}

	#keep({ kind, key, before, after }: ApiChange): void {
		const objects = entry(this.#kinds, kind, () => new Map<string, ApiObject>());
		if (after === null) objects.delete(key);
		else objects.set(key, after);
		this.#byLabel.get(kind)?.changed(before, after);
		const owned = entry(this.#owned, kind, () => new Map<number, Map<string, ApiObject>>());
		const was = before === null ? null : ownerUid(before);
		const is = after === null ? null : ownerUid(after);
		if (was !== null && was !== is) {
			const left = owned.get(was);
			left?.delete(key);
			if (left?.size === 0) owned.delete(was);
		}
		if (is !== null) entry(owned, is, () => new Map<string, ApiObject>()).set(key, after!);
	}
}

function ownerUid({ metadata: { owner } }: ApiObject): number {
	return owner?.uid ?? NOBODY;
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
	let value = map.get(key);
	if (value === undefined) {
		value = make();
		map.set(key, value);
	}
	return value;
}
