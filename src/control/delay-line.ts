import type { Engine, EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";

/** Things that wait before they are dealt with, and come in the order in which they went in. `name` is that of the event kind. */
export class DelayLine<Thing> {
	readonly #engine: Engine;
	readonly #kind: EventKind;
	readonly #dueUs: (nowUs: SimTime) => SimTime;
	#waiting: Thing[] = [];
	#next = 0;

	/** `delayUs`: how long, or when what comes in now is due: never before what came in earlier. */
	constructor(
		engine: Engine,
		name: string,
		phase: number,
		delayUs: SimTime | ((nowUs: SimTime) => SimTime),
		handle: (thing: Thing) => void,
	) {
		this.#engine = engine;
		this.#dueUs = typeof delayUs === "number" ? (nowUs) => nowUs + delayUs : delayUs;
		this.#kind = engine.kind(name, phase, () => {
			const thing = this.#waiting[this.#next++]!;
			if (this.#next * 2 > this.#waiting.length) {
				this.#waiting = this.#waiting.slice(this.#next);
				this.#next = 0;
			}
			handle(thing);
		});
	}

	push(thing: Thing): void {
		this.#waiting.push(thing);
		this.#engine.schedule(this.#dueUs(this.#engine.nowUs), this.#kind, 0);
	}
}
