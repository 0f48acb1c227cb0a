/**
 * By how much elastic jobs were sped up (Omega paper, Fig. 15): the run time that a job asked for over the one that it got. With
 * linear speed-up that is the pods it has over those it asked for, as they stand when it was first decided on; see
 * `scheduling/elastic.ts` for what that leaves out.
 */
import type { Job } from "../cell/job.js";
import { Histogram } from "./histogram.js";
import { slug } from "./slug.js";

const QUANTILES = [
	["p50", 0.5],
	["p80", 0.8],
	["p90", 0.9],
] as const;
/** Histograms hold integers. */
const STEPS = 1000;

/** NaN if the job is not elastic, or was not decided on. */
export function speedUpOf({ maxWorkers, attempts, podCount, requestedPods }: Job): number {
	return maxWorkers === null || attempts === 0 ? Number.NaN : podCount / requestedPods;
}

export class SpeedUps {
	readonly #all = new Speeds();
	readonly #byClass = new Map<string, Speeds>();

	/** The job's first decision was settled. Jobs that are not elastic do not count. */
	decided(job: Job): void {
		const speedUp = speedUpOf(job);
		if (Number.isNaN(speedUp)) return;
		this.#all.add(speedUp);
		if (job.className === "") return;
		const ofClass = this.#byClass.get(job.className) ?? new Speeds();
		this.#byClass.set(job.className, ofClass);
		ofClass.add(speedUp);
	}

	report(put: (name: string, value: number) => void): void {
		if (this.#all.histogram.count === 0) return;
		this.#all.report("", put);
		const classes = [...this.#byClass].sort(([a], [b]) => (a < b ? -1 : 1));
		for (const [name, speeds] of classes) speeds.report(`.class_${slug(name)}`, put);
	}
}

class Speeds {
	readonly histogram = new Histogram();
	#spedUp = 0;

	add(speedUp: number): void {
		this.histogram.add(Math.round(speedUp * STEPS));
		if (speedUp > 1) this.#spedUp++;
	}

	report(group: string, put: (name: string, value: number) => void): void {
		const { histogram } = this;
		put(`elastic_jobs${group}`, histogram.count);
		put(`elastic_jobs_sped_up${group}`, this.#spedUp / histogram.count);
		put(`speed_up_mean${group}`, histogram.mean / STEPS);
		for (const [label, q] of QUANTILES) put(`speed_up_${label}${group}`, histogram.quantile(q) / STEPS);
	}
}
