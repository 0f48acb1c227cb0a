/**
 * Nodes of one zone that wait for their NoExecute taint, and how fast they get it
 * (pkg/controller/nodelifecycle/scheduler/rate_limited_queue.go).
 */
import type { SimTime } from "../../../engine/time.js";
import { TokenBucket } from "../../token-bucket.js";

export class TaintQueue {
	/** Waiting or done with: these are not taken in again before they are removed. */
	readonly #known = new Set<string>();
	readonly #waiting = new Set<string>();
	#perSecond: number;
	/** Null: nobody's turn ever comes. */
	#limiter: TokenBucket | null;

	constructor(perSecond: number) {
		this.#perSecond = perSecond;
		this.#limiter = limiterOf(perSecond);
	}

	get size(): number {
		return this.#waiting.size;
	}

	/** Whether anybody's turn can come. */
	get stopped(): boolean {
		return this.#limiter === null;
	}

	add(node: string): void {
		if (this.#known.has(node)) return;
		this.#known.add(node);
		this.#waiting.add(node);
	}

	remove(node: string): void {
		this.#known.delete(node);
		this.#waiting.delete(node);
	}

	/** The node whose turn it is now, if it is anybody's: it takes a token, whatever becomes of it. */
	next(nowUs: SimTime): string | null {
		const [first] = this.#waiting;
		return first !== undefined && this.#takeNow(nowUs) ? first : null;
	}

	/** The node has got its taint, or needs none. */
	done(node: string): void {
		this.#waiting.delete(node);
	}

	/** It did not work: the node is tried again after the others. */
	again(node: string): void {
		if (this.#waiting.delete(node)) this.#waiting.add(node);
	}

	/** From now on another rate. If the old limiter had no token left, the new one begins without one. */
	setRate(perSecond: number, nowUs: SimTime): void {
		if (perSecond === this.#perSecond) return;
		this.#perSecond = perSecond;
		const empty = !this.#takeNow(nowUs);
		this.#limiter = limiterOf(perSecond);
		if (empty) this.#takeNow(nowUs);
	}

	#takeNow(nowUs: SimTime): boolean {
		return this.#limiter?.takeNow(nowUs) ?? false;
	}
}

function limiterOf(perSecond: number): TokenBucket | null {
	return perSecond > 0 ? new TokenBucket({ qps: perSecond, burst: 1 }) : null;
}
