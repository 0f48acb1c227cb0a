/**
 * The API server and its store: the truth about declared objects. Verbs act at once; how long a request takes, and when others
 * hear of a change, is with those who ask (`client.ts`, `informers.ts`).
 *
 * Source: Kubernetes API conventions (optimistic concurrency by resourceVersion, finalizers, graceful deletion).
 *
 * Divergence from Kubernetes: objects are written whole; there is one version of each kind; nobody is refused for what they are.
 */
import type { SimTime } from "../engine/time.js";
import { type ApiObject, type Draft, keyOf } from "./api-object.js";

/** A refusal, with the HTTP status code that Kubernetes answers. */
export interface ApiError {
	readonly code: 403 | 404 | 409 | 422 | 429 | 500 | 503;
	readonly message: string;
	/** What is behind it, where Kubernetes says so apart. */
	readonly cause?: string;
}

export type ApiResult<Object extends ApiObject = ApiObject> =
	| { readonly ok: true; readonly object: Object }
	| { readonly ok: false; readonly error: ApiError };

/** One write. `before` is null for a new object, `after` for one that is gone. */
export interface ApiChange {
	readonly kind: string;
	readonly key: string;
	readonly before: ApiObject | null;
	readonly after: ApiObject | null;
}

/** Something worth telling about an object. */
export interface PostedEvent {
	/** The controller that says so. */
	readonly source: string;
	readonly about: ApiObject;
	readonly type: "Normal" | "Warning";
	readonly reason: string;
	readonly message: string;
}

/** Looks at an object that is to be created: changes it, or refuses it. */
export type Admission = (draft: Draft) => Draft | ApiError;

/**
 * What is special about deleting objects of a kind: true if one that is deleted stays, marked, until somebody removes it
 * (a pod whose kubelet must end it first).
 */
export type LeavesGracefully = (object: ApiObject) => boolean;

/** An object as it is now. Its key is one string all its life, which others find again without reading it. */
interface Kept {
	readonly key: string;
	object: ApiObject;
	/** Whether it has been taken out. */
	gone: boolean;
}

/** An object that somebody asks for again and again. */
export interface Sought {
	readonly kind: string;
	readonly key: string;
	/** Where the API server found it last; null before. */
	kept: Kept | null;
}

export class ApiServer {
	readonly #clock: { readonly nowUs: SimTime };
	/** By kind and key. */
	readonly #kinds = new Map<string, Map<string, Kept>>();
	readonly #watchers: ((change: ApiChange) => void)[] = [];
	readonly #eventWatchers: ((event: PostedEvent) => void)[] = [];
	readonly #admissions: Admission[] = [];
	readonly #graceful = new Map<string, LeavesGracefully>();
	#resourceVersion = 0;
	#uid = 0;

	constructor(clock: { readonly nowUs: SimTime }) {
		this.#clock = clock;
	}

	get nowUs(): SimTime {
		return this.#clock.nowUs;
	}

	/** Hears every write, in order, when it is done. */
	watch(watcher: (change: ApiChange) => void): void {
		this.#watchers.push(watcher);
	}

	/** Hears every event that is posted. */
	watchEvents(watcher: (event: PostedEvent) => void): void {
		this.#eventWatchers.push(watcher);
	}

	/** Events are admitted like other objects of the namespace that they are about, announced, and not kept. */
	post(event: PostedEvent): void {
		const { namespace, name } = event.about.metadata;
		if ("code" in this.#admitted({ kind: "Event", metadata: { namespace, name }, spec: {}, status: {} })) return;
		for (const watcher of this.#eventWatchers) watcher(event);
	}

	/** Asked about each object to be created, in order of registration. */
	admit(admission: Admission): void {
		this.#admissions.push(admission);
	}

	leavesGracefully(kind: string, leaves: LeavesGracefully): void {
		this.#graceful.set(kind, leaves);
	}

	/** Of one kind, in order of creation. */
	*list(kind: string): Generator<ApiObject> {
		for (const { object } of this.#kinds.get(kind)?.values() ?? []) yield object;
	}

	/** Everything, by kind. */
	*everything(): Generator<ApiObject> {
		for (const kind of this.#kinds.keys()) yield* this.list(kind);
	}

	get(kind: string, key: string): ApiObject | undefined {
		return this.#find(kind, key)?.object;
	}

	/** As `get`. */
	seek(sought: Sought): ApiObject | undefined {
		if (sought.kept === null || sought.kept.gone) sought.kept = this.#find(sought.kind, sought.key) ?? null;
		return sought.kept?.object;
	}

	#find(kind: string, key: string): Kept | undefined {
		return this.#kinds.get(kind)?.get(key);
	}

	create(draft: Draft): ApiResult {
		const admitted = this.#admitted(draft);
		if ("code" in admitted) return { ok: false, error: admitted };
		const { kind, metadata, spec, status } = admitted;
		const key = keyOf(admitted);
		if (this.get(kind, key) !== undefined) return refused(409, `${kind} "${metadata.name}" already exists`);
		const object: ApiObject = {
			kind,
			metadata: {
				namespace: metadata.namespace,
				name: metadata.name,
				uid: ++this.#uid,
				resourceVersion: 0,
				generation: 1,
				createdUs: this.nowUs,
				deletedUs: null,
				finalizers: metadata.finalizers ?? [],
				labels: metadata.labels ?? {},
				annotations: metadata.annotations ?? {},
				owner: metadata.owner ?? null,
			},
			spec,
			status,
		};
		return { ok: true, object: this.#add(key, object) };
	}

	/**
	 * Puts an object in the place of the one of its kind and key. 404 if that is gone or another one of the name, 409 if it was
	 * written since the caller saw it (`resourceVersion`).
	 */
	update(object: ApiObject): ApiResult {
		const kept = this.#find(object.kind, keyOf(object));
		if (kept === undefined || kept.object.metadata.uid !== object.metadata.uid)
			return missing(object.kind, object.metadata.name);
		if (kept.object.metadata.resourceVersion !== object.metadata.resourceVersion)
			return refused(
				409,
				`Operation cannot be fulfilled on ${object.kind} "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
			);
		return this.#replace(kept, object);
	}

	/** Changes an object as it is now. 404 if it is gone. `change` gives back the same object for nothing to do. */
	patch(kind: string, key: string, change: (object: ApiObject) => ApiObject | ApiError): ApiResult {
		const kept = this.#find(kind, key);
		if (kept === undefined) return missing(kind, key.slice(key.indexOf("/") + 1));
		const changed = change(kept.object);
		return "code" in changed ? { ok: false, error: changed } : this.#replace(kept, changed);
	}

	/** Deletes an object: at once, or, where it leaves gracefully or has finalizers, marks it. 404 if it is gone, or another one than `uid`. */
	delete(kind: string, key: string, { uid, finalizers = [] }: DeleteOptions = {}): ApiResult {
		const kept = this.#find(kind, key);
		if (kept === undefined || (uid !== undefined && kept.object.metadata.uid !== uid))
			return missing(kind, key.slice(key.indexOf("/") + 1));
		const present = kept.object;
		const { metadata } = present;
		const marked =
			metadata.deletedUs !== null
				? present
				: {
						...present,
						metadata: {
							...metadata,
							deletedUs: this.nowUs,
							generation: metadata.generation + 1,
							finalizers: [...metadata.finalizers, ...finalizers],
						},
					};
		const stays = marked.metadata.finalizers.length > 0 || this.#graceful.get(kind)?.(present) === true;
		if (stays) return { ok: true, object: marked === present ? present : this.#write(kept, marked) };
		// A pod is marked even if nobody has to end it.
		if (marked !== present && this.#graceful.has(kind)) this.#write(kept, marked);
		return { ok: true, object: this.#remove(kept, marked) };
	}

	/** Deletes all objects of a kind in a namespace, in order of creation. */
	deleteAll(kind: string, namespace: string): void {
		for (const object of [...this.list(kind)])
			if (object.metadata.namespace === namespace) this.delete(kind, keyOf(object), { uid: object.metadata.uid });
	}

	/** Takes an object out that left gracefully: it is gone now, unless it has finalizers. */
	finish(kind: string, key: string): void {
		const kept = this.#find(kind, key);
		if (kept !== undefined && kept.object.metadata.finalizers.length === 0) this.#remove(kept, kept.object);
	}

	#admitted(draft: Draft): Draft | ApiError {
		let admitted = draft;
		for (const admission of this.#admissions) {
			const answer = admission(admitted);
			if ("code" in answer) return answer;
			admitted = answer;
		}
		return admitted;
	}

	#replace(kept: Kept, object: ApiObject): ApiResult {
		const present = kept.object;
		if (object === present) return { ok: true, object };
		const { metadata } = object;
		// The last of its finalizers is done.
		const gone =
			metadata.deletedUs !== null &&
			metadata.finalizers.length === 0 &&
			present.metadata.finalizers.length > 0 &&
			this.#graceful.get(object.kind)?.(object) !== true;
		if (gone) return { ok: true, object: this.#remove(kept, object) };
		if (object.spec === present.spec) return { ok: true, object: this.#write(kept, object) };
		const next = { ...object, metadata: { ...metadata, generation: present.metadata.generation + 1 } };
		return { ok: true, object: this.#write(kept, next) };
	}

	#add(key: string, object: ApiObject): ApiObject {
		const { kind } = object;
		const after = stored(object, ++this.#resourceVersion);
		let objects = this.#kinds.get(kind);
		if (objects === undefined) {
			objects = new Map();
			this.#kinds.set(kind, objects);
		}
		objects.set(key, { key, object: after, gone: false });
		this.#announce({ kind, key, before: null, after });
		return after;
	}

	#write(kept: Kept, object: ApiObject): ApiObject {
		const { key, object: before } = kept;
		const after = stored(object, ++this.#resourceVersion);
		kept.object = after;
		this.#announce({ kind: after.kind, key, before, after });
		return after;
	}

	/** `object`: as it is at last. */
	#remove(kept: Kept, object: ApiObject): ApiObject {
		const { key, object: before } = kept;
		kept.gone = true;
		this.#kinds.get(before.kind)!.delete(key);
		this.#resourceVersion++;
		this.#announce({ kind: before.kind, key, before, after: null });
		return object;
	}

	#announce(change: ApiChange): void {
		for (const watcher of this.#watchers) watcher(change);
	}
}

export interface DeleteOptions {
	/** Only this one, not another of the same name. */
	readonly uid?: number;
	/** Added to those that it has: `foregroundDeletion`, `orphan`. */
	readonly finalizers?: readonly string[];
	/** Whatever stands against it: what that means is the front's business (`ApiFront`). */
	readonly force?: boolean;
}

/** An object as it is kept. Whoever put it together, all have their fields in the same order, which is what makes reading them fast. */
function stored({ kind, metadata, spec, status }: ApiObject, resourceVersion: number): ApiObject {
	const { namespace, name, uid, generation, createdUs, deletedUs, finalizers, labels, annotations, owner } = metadata;
	return {
		kind,
		metadata: {
			namespace,
			name,
			uid,
			resourceVersion,
			generation,
			createdUs,
			deletedUs,
			finalizers,
			labels,
			annotations,
			owner,
		},
		spec,
		status,
	};
}

function refused(code: ApiError["code"], message: string): ApiResult {
	return { ok: false, error: { code, message } };
}

/** The answer about an object that is not there. */
export function missing(kind: string, name: string): ApiResult {
	return refused(404, `${kind} "${name}" not found`);
}
