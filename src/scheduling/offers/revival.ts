/** When a framework asks for offers again: at once, but not too often, and each time more than once lest a message is lost. */
import type { Engine, EventKind } from "../../engine/engine.js";
import type { SimTime } from "../../engine/time.js";

export interface RevivalOptions {
	/** Least time between two revivals. */
	readonly everyUs: SimTime;
	/** How often one is sent for each time that it is asked for. */
	readonly times: number;
}

export class Revival {
	readonly #engine: Engine;
	readonly #options: RevivalOptions;
	readonly #due: EventKind;
	#lastUs = Number.NEGATIVE_INFINITY;
	#left = 0;
	#pending = false;

	/** `name` is that of the event kind; `revive` is called at each revival, and says whether the framework still wants offers. */
	constructor(engine: Engine, name: string, phase: number, options: RevivalOptions, revive: () => boolean) {
		this.#engine = engine;
		this.#options = options;
		this.#due = engine.kind(name, phase, () => {
			this.#pending = false;
			this.#left--;
			if (revive()) this.#lastUs = engine.nowUs;
			else this.#left = 0;
			this.#arm();
		});
	}

	/** The framework has something new to launch. */
	ask(): void {
		this.#left = this.#options.times;
		this.#arm();
	}

	#arm(): void {
		if (this.#pending || this.#left === 0) return;
		this.#pending = true;
		const { nowUs } = this.#engine;
		this.#engine.schedule(Math.max(nowUs, this.#lastUs + this.#options.everyUs), this.#due, 0);
	}
}
