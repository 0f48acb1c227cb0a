/** Progress of the runs of an experiment, in runs and events. */

import type { RunPlan } from "../experiment/plan.js";
import type { RunEvent } from "../experiment/runner.js";
import { formatCount } from "../metrics/format-metric.js";
import { parseDuration } from "../objects/duration.js";
import { ProgressLine } from "./progress-line.js";

export class Progress {
	readonly #total: number;
	readonly #line: ProgressLine;
	/** Of runs under way: events fired, and the share of simulated time that is over. */
	readonly #underWay = new Map<RunPlan, { readonly fired: number; readonly share: number }>();
	#done = 0;
	#cached = 0;
	#events = 0;

	constructor(plans: readonly RunPlan[], stream: NodeJS.WriteStream, json: boolean) {
		this.#total = plans.length;
		this.#line = new ProgressLine(plans.length, stream, json);
	}

	hear(event: RunEvent): void {
		const { plan } = event;
		const { variant, seed } = plan;
		if (event.type === "progress") this.#underWay.set(plan, { fired: event.fired, share: shareOf(plan, event.nowUs) });
		if (event.type === "finished" || event.type === "failed") {
			this.#underWay.delete(plan);
			this.#done++;
			if (event.type === "finished" && !event.cached) this.#events += event.manifest.events;
			if (event.type === "finished" && event.cached) this.#cached++;
		}
		if (event.type === "finished") {
			const { cached, manifest } = event;
			this.#line.tell("run-finished", { run: manifest.id, variant, seed, found: cached, digest: manifest.digest });
		}
		if (event.type === "failed") this.#line.tell("run-failed", { variant, seed, ...event.failure });
		this.#line.show(this.#standing(), event.type !== "progress");
	}

	/** Leaves the cursor on a line of its own. */
	close(): void {
		this.#line.close();
	}

	#standing() {
		let [events, underWay] = [this.#events, 0];
		for (const { fired, share } of this.#underWay.values()) {
			events += fired;
			underWay += share;
		}
		const found = this.#cached > 0 ? `, ${this.#cached} found complete` : "";
		const text = `${this.#done} of ${this.#total} runs${found}, ${formatCount(events)} events`;
		return { done: this.#done, found: this.#cached, underWay, text };
	}
}

/** 0 for runs that end when nothing is left to do. */
function shareOf({ document }: RunPlan, nowUs: number): number {
	const { clock } = document["spec"] as { readonly clock?: { readonly end?: unknown } };
	return typeof clock?.end === "string" ? Math.min(1, nowUs / parseDuration(clock.end)) : 0;
}
