/**
 * What a controller has asked for and not seen yet: until the watch shows all of it, or five minutes have passed, it must not act on what
 * it sees (pkg/controller/controller_utils.go).
 */
import { MINUTE, type SimTime } from "../../engine/time.js";

const TIMEOUT_US = 5 * MINUTE;

interface Expected {
	creations: number;
	/** Keys of the objects whose deletion it waits for. */
	readonly deletions: Set<string>;
	readonly sinceUs: SimTime;
}

export class Expectations {
	readonly #clock: { readonly nowUs: SimTime };
	readonly #expected = new Map<string, Expected>();

	constructor(clock: { readonly nowUs: SimTime }) {
		this.#clock = clock;
	}

	/** So many objects will be created for `key`, and those deleted. */
	expect(key: string, creations: number, deletions: Iterable<string> = []): void {
		this.#expected.set(key, { creations, deletions: new Set(deletions), sinceUs: this.#clock.nowUs });
	}

	/** An object of `key` was created, or will not be. */
	created(key: string): void {
		const expected = this.#expected.get(key);
		if (expected !== undefined && expected.creations > 0) expected.creations--;
	}

	/** An object of `key` is on its way out, or will not be. */
	deleted(key: string, object: string): void {
		this.#expected.get(key)?.deletions.delete(object);
	}

	met(key: string): boolean {
		const expected = this.#expected.get(key);
		if (expected === undefined) return true;
		const { creations, deletions, sinceUs } = expected;
		return (creations <= 0 && deletions.size === 0) || this.#clock.nowUs - sinceUs > TIMEOUT_US;
	}

	forget(key: string): void {
		this.#expected.delete(key);
	}
}
