/**
 * Requests that read one object, each in one event: what there is when it is served is answered when the answer arrives. It is the same as
 * a `get` that is sent (`client.ts`), as long as no request waits for another and the API server answers.
 */
import type { Engine, EventKind } from "../engine/engine.js";
import type { EventHandle } from "../engine/event-store.js";
import type { SimTime } from "../engine/time.js";
import type { ApiObject } from "./api-object.js";
import { type ApiChange, type ApiResult, type ApiServer, missing, type Sought } from "./api-server.js";
import { Numbered } from "./numbered.js";

/** A read under way. */
export interface Read {
	readonly sought: Sought;
	readonly servedUs: SimTime;
	readonly answer: (result: ApiResult) => void;
	readonly isThere: () => boolean;
	/** What was there when it was served, if that was written to since; null for nothing. */
	found: ApiObject | null | undefined;
	/** That of its answer; null while that is made. */
	event: EventHandle | null;
}

export class Reads {
	readonly #engine: Engine;
	readonly #server: ApiServer;
	readonly #answered: EventKind;
	readonly #open = new Numbered<Read>();

	constructor(engine: Engine, server: ApiServer, phase: number) {
		this.#engine = engine;
		this.#server = server;
		this.#answered = engine.kind("api-read", phase, (number) => this.#answer(number));
		server.watch((change) => this.#written(change));
	}

	begin(read: Read, answeredUs: SimTime): void {
		read.event = this.#engine.schedule(answeredUs, this.#answered, this.#open.add(read));
	}

	/** Takes back those that have not been served. */
	takeBack(): readonly Read[] {
		const unserved = this.#open
			.numbers()
			.filter((number) => this.#open.get(number).servedUs > this.#engine.nowUs)
			.map((number) => this.#open.take(number));
		for (const { event } of unserved) this.#engine.cancel(event!);
		return unserved;
	}

	#written({ kind, key, before }: ApiChange): void {
		const { nowUs } = this.#engine;
		this.#open.forEach((read) => {
			if (read.sought.kind === kind && read.sought.key === key && read.servedUs <= nowUs && read.found === undefined)
				read.found = before;
		});
	}

	#answer(number: number): void {
		const { sought, found, answer } = this.#open.take(number);
		const object = found === undefined ? this.#server.seek(sought) : found;
		const { kind, key } = sought;
		answer(object ? { ok: true, object } : missing(kind, key.slice(key.indexOf("/") + 1)));
	}
}
