/** Progress of the runs of an experiment, in runs and events. */

import type { RunPlan } from "../experiment/plan.js";
import type { RunEvent } from "../experiment/runner.js";
import { formatCount } from "./format-metric.js";
import { ProgressLine } from "./progress-line.js";

export class Progress {
	readonly #total: number;
	readonly #line: ProgressLine;
	/** Events fired by runs under way. */
	readonly #underWay = new Map<RunPlan, number>();
	#done = 0;
	#cached = 0;
	#events = 0;

	constructor(plans: readonly RunPlan[], stream: NodeJS.WriteStream) {
		this.#total = plans.length;
		this.#line = new ProgressLine(plans.length, stream);
	}

	hear(event: RunEvent): void {
		if (event.type === "progress") this.#underWay.set(event.plan, event.fired);
		if (event.type === "finished" || event.type === "failed") {
			this.#underWay.delete(event.plan);
			this.#done++;
			if (event.type === "finished" && !event.cached) this.#events += event.manifest.events;
			if (event.type === "finished" && event.cached) this.#cached++;
		}
		this.#line.show(this.#done, this.#state(), event.type !== "progress");
	}

	/** Leaves the cursor on a line of its own. */
	close(): void {
		this.#line.close();
	}

	#state(): string {
		let events = this.#events;
		for (const fired of this.#underWay.values()) events += fired;
		const found = this.#cached > 0 ? `, ${this.#cached} found complete` : "";
		return `${this.#done} of ${this.#total} runs${found}, ${formatCount(events)} events in ${this.#line.seconds.toFixed(1)} s`;
	}
}
