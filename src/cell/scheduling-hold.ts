/** Whether schedulers may decide: they may not while they cannot reach the API server, or while none of their replicas leads. */
export class SchedulingHold {
	readonly #released: (() => void)[] = [];
	#held = false;

	get held(): boolean {
		return this.#held;
	}

	/** Hears when schedulers may decide again. */
	whenReleased(listener: () => void): void {
		this.#released.push(listener);
	}

	/** Decisions that are under way are still settled. */
	set(held: boolean): void {
		if (held === this.#held) return;
		this.#held = held;
		if (!held) for (const listener of this.#released) listener();
	}
}
