/**
 * Requests that read one object, each in one event: what there is when it is served is answered when the answer arrives. It is the same as
 * a `get` that is sent (`client.ts`), as long as no request waits for another and the API server answers.
 */
import type { Engine, EventKind } from "../engine/engine.js";
import type { EventHandle } from "../engine/event-store.js";
import type { SimTime } from "../engine/time.js";
import type { ApiObject } from "./api-object.js";
import { type ApiChange, type ApiResult, type ApiServer, missing } from "./api-server.js";

/** A read under way. */
export interface Read {
	readonly kind: string;
	readonly key: string;
	readonly startUs: SimTime;
	readonly servedUs: SimTime;
	readonly answer: (result: ApiResult) => void;
	readonly isThere: () => boolean;
	/** What was there when it was served, if that was written to since; null for nothing. */
	found: ApiObject | null | undefined;
}

interface Open {
	readonly read: Read;
	readonly event: EventHandle;
}

export class Reads {
	readonly #engine: Engine;
	readonly #server: ApiServer;
	readonly #answered: EventKind;
	readonly #open = new Map<number, Open>();
	#count = 0;

	constructor(engine: Engine, server: ApiServer, phase: number) {
		this.#engine = engine;
		this.#server = server;
		this.#answered = engine.kind("api-read", phase, (number) => this.#answer(number));
		server.watch((change) => this.#written(change));
	}

	begin(read: Read, answeredUs: SimTime): void {
		const number = this.#count++ & NUMBER_MASK;
		const event = this.#engine.schedule(answeredUs, this.#answered, number);
		this.#open.set(number, { read, event });
	}

	/** Takes back those that have not been served. */
	takeBack(): readonly Read[] {
		const unserved = [...this.#open].filter(([, { read }]) => read.servedUs > this.#engine.nowUs);
		for (const [number, { event }] of unserved) {
			this.#engine.cancel(event);
			this.#open.delete(number);
		}
		return unserved.map(([, { read }]) => read);
	}

	#written({ kind, key, before }: ApiChange): void {
		for (const { read } of this.#open.values())
			if (read.key === key && read.kind === kind && read.servedUs <= this.#engine.nowUs && read.found === undefined)
				read.found = before;
	}

	#answer(number: number): void {
		const { kind, key, found, answer } = this.#open.get(number)!.read;
		this.#open.delete(number);
		const object = found === undefined ? this.#server.get(kind, key) : found;
		answer(object ? { ok: true, object } : missing(kind, key.slice(key.indexOf("/") + 1)));
	}
}

/** Numbers are used again after so many reads: none is open for so long. */
const NUMBER_MASK = 0xff_ff_ff;
