/**
 * How a component asks the API server: each request waits for a token of its client, takes its time, and is answered. All controllers
 * of one kind share a client (kube-controller-manager gives each its own, 20 requests a second and 30 at once), so that whoever
 * writes much waits long.
 */
import type { Engine, EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import type { ApiObject, Draft } from "./api-object.js";
import type { ApiError, ApiResult, ApiServer, DeleteOptions, PostedEvent, Sought } from "./api-server.js";
import { type Availability, STORE_TIMEOUT_US } from "./availability/availability.js";
import type { Capacity } from "./capacity.js";
import { DelayLine } from "./delay-line.js";
import type { Evictions } from "./eviction.js";
import { Numbered } from "./numbered.js";
import { type Read, Reads } from "./reads.js";
import { type RateLimit, TokenBucket } from "./token-bucket.js";

export type ApiRequest =
	| { readonly verb: "get"; readonly kind: string; readonly key: string }
	| { readonly verb: "create"; readonly draft: Draft }
	/** 409 if it was written since `object` was seen. */
	| { readonly verb: "update"; readonly object: ApiObject }
	/** Of the object as it is when the request arrives. */
	| {
			readonly verb: "patch";
			readonly kind: string;
			readonly key: string;
			readonly change: (object: ApiObject) => ApiObject | ApiError;
	  }
	/** Posts an event: it is announced, and not kept. */
	| { readonly verb: "event"; readonly event: PostedEvent }
	| { readonly verb: "delete"; readonly kind: string; readonly key: string; readonly options?: DeleteOptions }
	/** Of a pod, as its budget allows: see `eviction.ts`. 404 if the pod is gone, or another one than `uid`. */
	| { readonly verb: "evict"; readonly key: string; readonly uid: number }
	/** All of a kind in a namespace; the answer is the namespace. */
	| { readonly verb: "delete-all"; readonly kind: string; readonly namespace: string };

export interface Latencies {
	readonly evictions: Evictions;
	readonly availability: Availability;
	/** Shared by all who ask the API server. */
	readonly capacity: Capacity;
	/** From a request's start to its commit, where the API server has nothing else to do. */
	readonly requestUs: SimTime;
	/** From a commit to its answer. Where the watch is slower, a component may act again before it has seen what it wrote. */
	readonly answerUs: SimTime;
}

/** Takes requests for all clients of a control plane, and answers them when their time has passed. */
export class Requests {
	readonly #engine: Engine;
	readonly #server: ApiServer;
	readonly #done: EventKind;
	readonly #evictions: Evictions;
	readonly #availability: Availability;
	/** Made when the first request fails for want of an API server. */
	#inVain: EventKind | null = null;
	/** Made when somebody reads. */
	#reads: Reads | null = null;
	readonly #phase: number;
	readonly #requestUs: SimTime;
	readonly #answerUs: SimTime;
	readonly #capacity: Capacity;
	readonly #arrival: EventKind;
	readonly #answers: DelayLine<{ readonly answer: (result: ApiResult) => void; readonly result: ApiResult }>;
	/** By the number of the event that ends the request. */
	readonly #open = new Numbered<Open>();

	constructor(
		engine: Engine,
		server: ApiServer,
		phase: number,
		{ capacity, requestUs, answerUs, evictions, availability }: Latencies,
	) {
		this.#evictions = evictions;
		this.#availability = availability;
		this.#phase = phase;
		this.#engine = engine;
		this.#server = server;
		this.#requestUs = requestUs;
		this.#answerUs = answerUs;
		this.#capacity = capacity;
		this.#arrival = engine.kind("api-request", phase, (slot) => this.#arrived(slot));
		this.#done = engine.kind("api-commit", phase, (slot) => this.#commit(slot));
		this.#answers = new DelayLine(engine, "api-answer", phase, answerUs, ({ answer, result }) => answer(result));
	}

	/** Sends a request that starts at `startUs`, if whoever sends it is there yet. */
	send(request: ApiRequest, startUs: SimTime, answer: (result: ApiResult) => void, isThere = () => true): void {
		const slot = this.#open.add({ request, answer, isThere, error: null });
		if (startUs <= this.#engine.nowUs) this.#arrived(slot);
		else this.#engine.schedule(startUs, this.#arrival, slot);
	}

	/**
	 * Sends a `get`. One that waits for its token takes one event: nothing else of its client happens when it is answered. Those that start
	 * at once may be several of an instant, and are answered in their turn.
	 */
	read(sought: Sought, startUs: SimTime, answer: (result: ApiResult) => void, isThere = () => true): void {
		if (startUs <= this.#engine.nowUs || !this.#capacity.isAmple || !this.#availability.serving) {
			this.send(getOf(sought), startUs, answer, isThere);
			return;
		}
		const servedUs = startUs + this.#requestUs;
		this.#reads ??= this.#makeReads();
		const read = { sought, servedUs, answer, isThere, found: undefined, event: null };
		this.#reads.begin(read, servedUs + this.#answerUs);
	}

	#makeReads(): Reads {
		const reads = new Reads(this.#engine, this.#server, this.#phase);
		this.#availability.watch(() => {
			for (const read of reads.takeBack()) this.#sendAgain(read);
		});
		return reads;
	}

	/** One that goes on as an ordinary request, from where it is. */
	#sendAgain({ sought, servedUs, answer, isThere }: Read): void {
		const request = getOf(sought);
		const startUs = servedUs - this.#requestUs;
		if (startUs > this.#engine.nowUs) {
			this.send(request, startUs, answer, isThere);
			return;
		}
		const slot = this.#open.add({ request, answer, isThere, error: null });
		this.#engine.schedule(servedUs, this.#done, slot);
	}

	#arrived(slot: number): void {
		const { request, answer, isThere } = this.#open.get(slot);
		if (!isThere()) {
			this.#open.take(slot);
			return;
		}
		const { refusal } = this.#availability;
		if (refusal !== null) {
			this.#fail(slot, refusal);
			return;
		}
		if (request.verb === "evict") {
			this.#open.take(slot);
			this.#evictions.evict(request.key, (result) => this.#answers.push({ answer, result }), request.uid);
			return;
		}
		this.#engine.schedule(this.#capacity.take(this.#engine.nowUs, this.#requestUs), this.#done, slot);
	}

	#commit(slot: number): void {
		const { request, answer } = this.#open.take(slot);
		if (request.verb === "evict") return;
		const { refusal } = this.#availability;
		const result = refusal === null ? perform(this.#server, request) : { ok: false as const, error: refusal };
		this.#answers.push({ answer, result });
	}

	/** Nobody is there, which is known at once, or a store that does not answer, which is waited for. */
	#fail(slot: number, error: ApiError): void {
		this.#open.replace(slot, { ...this.#open.get(slot), error });
		this.#inVain ??= this.#engine.kind("api-failure", this.#phase, (failed) => {
			const { answer, error: why } = this.#open.take(failed);
			answer({ ok: false, error: why! });
		});
		const lastsUs = error.code === 503 ? this.#requestUs : STORE_TIMEOUT_US;
		this.#engine.schedule(this.#engine.nowUs + lastsUs, this.#inVain, slot);
	}
}

/** A request under way. */
interface Open {
	readonly request: ApiRequest;
	readonly answer: (result: ApiResult) => void;
	readonly isThere: () => boolean;
	/** Why it fails, if it does. */
	readonly error: ApiError | null;
}

export class Client {
	readonly #clock: { readonly nowUs: SimTime };
	readonly #requests: Requests;
	readonly #bucket: TokenBucket;
	#stopped = false;
	readonly #isThere = () => !this.#stopped;

	constructor(clock: { readonly nowUs: SimTime }, requests: Requests, limit: RateLimit) {
		this.#clock = clock;
		this.#requests = requests;
		this.#bucket = new TokenBucket(limit);
	}

	/** Requests of one client start in the order in which they were sent. */
	send(request: ApiRequest, answer: (result: ApiResult) => void): void {
		const startUs = this.#bucket.take(this.#clock.nowUs);
		this.#requests.send(request, startUs, answer, this.#isThere);
	}

	/** Sends a `get`; gives back when it starts. */
	read(sought: Sought, answer: (result: ApiResult) => void): SimTime {
		const startUs = this.#bucket.take(this.#clock.nowUs);
		this.#requests.read(sought, startUs, answer, this.#isThere);
		return startUs;
	}

	/** Whoever it belongs to is gone: what has not started is not sent. */
	stop(): void {
		this.#stopped = true;
	}
}

function getOf({ kind, key }: Sought): ApiRequest {
	return { verb: "get", kind, key };
}

function perform(server: ApiServer, request: Exclude<ApiRequest, { readonly verb: "evict" }>): ApiResult {
	switch (request.verb) {
		case "get":
			return server.patch(request.kind, request.key, (object) => object);
		case "create":
			return server.create(request.draft);
		case "update":
			return server.update(request.object);
		case "patch":
			return server.patch(request.kind, request.key, request.change);
		case "event":
			server.post(request.event);
			return { ok: true, object: request.event.about };
		case "delete":
			return server.delete(request.kind, request.key, request.options);
		case "delete-all":
			server.deleteAll(request.kind, request.namespace);
			return server.patch("Namespace", `/${request.namespace}`, (namespace) => namespace);
	}
}
