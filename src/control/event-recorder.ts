/**
 * Events about objects, as `kubectl describe` shows them. A controller posts them through its own client, one after the other, so
 * that they take requests away from what it does (client-go/tools/record, events_cache.go).
 *
 * After ten similar ones (of one object, type and reason) with less than ten minutes between them, the others are combined into one. Of one
 * source, object and type 25 are posted at once and then one in 300 s: the others are dropped.
 *
 * Divergence from Kubernetes: a combined event is posted again and again, not counted on the first; a dropped one is not counted.
 */
import { MINUTE, type SimTime } from "../engine/time.js";
import type { PostedEvent } from "./api-server.js";
import type { Client } from "./client.js";
import { type RateLimit, TokenBucket } from "./token-bucket.js";

const SPAM: RateLimit = { qps: 1 / 300, burst: 25 };
const SIMILAR = 10;
const SIMILAR_FOR_US = 10 * MINUTE;

/** Similar events so far. */
interface Similar {
	readonly messages: Set<string>;
	lastUs: SimTime;
}

export class EventRecorder {
	readonly #clock: { readonly nowUs: SimTime };
	readonly #client: Client;
	/** Events to be posted, the first `#taken` of which have had their turn. */
	#waiting: PostedEvent[] = [];
	#taken = 0;
	/** By object and type. */
	readonly #allowed = new Map<string, TokenBucket>();
	/** By object, type and reason. */
	readonly #similar = new Map<string, Similar>();
	#posting = false;

	constructor(clock: { readonly nowUs: SimTime }, client: Client) {
		this.#clock = clock;
		this.#client = client;
	}

	post(event: PostedEvent): void {
		this.#waiting.push(this.#combined(event));
		this.#next();
	}

	#next(): void {
		if (this.#posting) return;
		const event = this.#nextAllowed();
		if (event === undefined) return;
		this.#posting = true;
		this.#client.send({ verb: "event", event }, () => {
			this.#posting = false;
			this.#next();
		});
	}

	/** Drops those that are too many. */
	#nextAllowed(): PostedEvent | undefined {
		while (this.#taken < this.#waiting.length) {
			const event = this.#waiting[this.#taken++]!;
			// What has had its turn is forgotten now and then, not each time.
			if (this.#taken * 2 > this.#waiting.length) {
				this.#waiting = this.#waiting.slice(this.#taken);
				this.#taken = 0;
			}
			if (this.#mayPost(`${event.about.metadata.uid}/${event.type}`)) return event;
		}
		return undefined;
	}

	#combined(event: PostedEvent): PostedEvent {
		const key = `${event.about.metadata.uid}/${event.type}/${event.reason}`;
		const { nowUs } = this.#clock;
		let similar = this.#similar.get(key);
		if (similar === undefined || nowUs - similar.lastUs > SIMILAR_FOR_US) {
			similar = { messages: new Set(), lastUs: nowUs };
			this.#similar.set(key, similar);
		}
		similar.lastUs = nowUs;
		if (similar.messages.size < SIMILAR) similar.messages.add(event.message);
		if (similar.messages.size < SIMILAR) return event;
		return { ...event, message: `(combined from similar events): ${event.message}` };
	}

	#mayPost(key: string): boolean {
		let bucket = this.#allowed.get(key);
		if (bucket === undefined) {
			bucket = new TokenBucket(SPAM);
			this.#allowed.set(key, bucket);
		}
		return bucket.takeNow(this.#clock.nowUs);
	}
}
