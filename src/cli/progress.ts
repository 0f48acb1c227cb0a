/** Progress of an experiment on stderr: a bar on a terminal, otherwise a line for every tenth of the runs. */

import type { RunPlan } from "../experiment/plan.js";
import type { RunEvent } from "../experiment/runner.js";
import { formatCount } from "./format-metric.js";

const WIDTH = 24;
const REDRAW_MS = 100;

export class Progress {
	readonly #total: number;
	readonly #stream: NodeJS.WriteStream;
	readonly #startedAt = performance.now();
	/** Events fired by runs under way. */
	readonly #underWay = new Map<RunPlan, number>();
	#done = 0;
	#cached = 0;
	#events = 0;
	#lastTenth = 0;
	#lastDrawn = 0;
	#drawn = false;

	constructor(plans: readonly RunPlan[], stream: NodeJS.WriteStream) {
		this.#total = plans.length;
		this.#stream = stream;
	}

	hear(event: RunEvent): void {
		if (event.type === "progress") this.#underWay.set(event.plan, event.fired);
		if (event.type === "finished" || event.type === "failed") {
			this.#underWay.delete(event.plan);
			this.#done++;
			if (event.type === "finished" && !event.cached) this.#events += event.manifest.events;
			if (event.type === "finished" && event.cached) this.#cached++;
		}
		if (this.#stream.isTTY) this.#draw(event.type !== "progress");
		else this.#line();
	}

	/** Leaves the cursor on a line of its own. */
	close(): void {
		if (this.#drawn) this.#stream.write("\n");
	}

	#draw(now: boolean): void {
		const at = performance.now();
		if (!now && at - this.#lastDrawn < REDRAW_MS) return;
		this.#lastDrawn = at;
		this.#drawn = true;
		const filled = Math.round((WIDTH * this.#done) / this.#total);
		this.#stream.write(`\r[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${this.#state()}\x1b[K`);
	}

	#line(): void {
		const tenth = Math.floor((10 * this.#done) / this.#total);
		if (tenth === this.#lastTenth) return;
		this.#lastTenth = tenth;
		this.#stream.write(`${this.#state()}\n`);
	}

	#state(): string {
		const seconds = (performance.now() - this.#startedAt) / 1000;
		let events = this.#events;
		for (const fired of this.#underWay.values()) events += fired;
		const found = this.#cached > 0 ? `, ${this.#cached} found complete` : "";
		return `${this.#done} of ${this.#total} runs${found}, ${formatCount(events)} events in ${seconds.toFixed(1)} s`;
	}
}
