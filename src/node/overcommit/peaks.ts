/**
 * Predictors of the peak CPU use of a machine (Bashir et al., "Take it to the limit: peak prediction-driven resource overcommitment
 * in datacenters", EuroSys 2021): how much the pods that are there now will use together at most.
 *
 * - borg-default: a fixed part of the sum of what they count for.
 * - rc-like: the sum over pods of a percentile of what each used (Resource Central's rule).
 * - n-sigma: mean and so many standard deviations of what the machine used.
 * - max: the larger of the last two.
 * - oracle: what they will use, from their demands; known only to a simulator.
 *
 * A pod counts in full until it has been watched for the warm-up. No prediction is above the sum of what the pods count for, nor
 * below what they use now.
 *
 * Divergence from the paper: histories are of samples at reviews, not of 5-minute means; pods that a machine lost stay in its own
 * history (n-sigma), as in the paper. The oracle sees demands that draw as they come as what the pod counts for.
 */
import type { Cell } from "../../cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { SimTime } from "../../engine/time.js";
import type { PodArrival } from "../../objects/arrival.js";
import { CPU } from "../../objects/resources.js";
import { hasPodClock, type KnownDemand, nextChangeUs, valueAt } from "../demand/demand-at.js";
import { SampleWindow } from "./sample-window.js";

export const PREDICTORS = ["borg-default", "rc-like", "n-sigma", "max", "oracle"] as const;
export type Predictor = (typeof PREDICTORS)[number];

export interface PeakOptions {
	/** Part of the sum that borg-default predicts, 0 to 1. */
	readonly fraction: number;
	/** Of rc-like, 0 to 1. */
	readonly percentile: number;
	/** Of n-sigma. */
	readonly sigmas: number;
	/** How long a pod is watched until its history counts. */
	readonly warmupUs: SimTime;
	/** Samples that a history holds. */
	readonly samples: number;
	/** How far the oracle looks ahead. */
	readonly horizonUs: SimTime;
}

interface Watched {
	readonly pod: PodId;
	readonly sinceUs: SimTime;
	readonly used: SampleWindow;
}

export class PeakPredictors {
	readonly #cell: Cell;
	readonly #options: PeakOptions;
	/** By row of the pod table. */
	readonly #pods: Watched[] = [];
	/** By node: what its warm pods used. */
	readonly #nodes: SampleWindow[] = [];

	constructor(cell: Cell, options: PeakOptions) {
		this.#cell = cell;
		this.#options = options;
	}

	/** Takes a sample of everything. */
	observe(): void {
		const { nodes, pods, usage, nowUs } = this.#cell;
		const { samples } = this.#options;
		for (const pod of pods.all()) {
			const row = rowOf(pod);
			if (!usage.pods.has(row)) continue;
			let watched = this.#pods[row];
			if (watched === undefined || watched.pod !== pod) {
				watched = { pod, sinceUs: nowUs, used: new SampleWindow(samples) };
				this.#pods[row] = watched;
			}
			watched.used.add(usage.pods.usedMilli[row]!);
		}
		for (let n = 0; n < nodes.count; n++) {
			if (nodes.present[n] === 0) continue;
			let used = 0;
			for (const pod of this.#cell.podsOn(n as NodeId))
				if (this.#isWarm(pod)) used += usage.pods.usedMilli[rowOf(pod)]!;
			this.#nodes[n] ??= new SampleWindow(samples);
			this.#nodes[n]!.add(used);
		}
	}

	/** Peak of the pods on a node, milli-CPU, by each of the predictors that are asked for. */
	predict(node: NodeId, predictors: readonly Predictor[]): Readonly<Partial<Record<Predictor, number>>> {
		const { pods, usage } = this.#cell;
		const { fraction, percentile, sigmas } = this.#options;
		let counted = 0;
		let cold = 0;
		let used = 0;
		let ofPods = 0;
		for (const pod of this.#cell.podsOn(node)) {
			const row = rowOf(pod);
			const request = pods.classes[row]!.request[CPU]!;
			counted += request;
			used += usage.pods.has(row) ? usage.pods.usedMilli[row]! : 0;
			if (!this.#isWarm(pod)) cold += request;
			else if (predictors.includes("rc-like") || predictors.includes("max"))
				ofPods += this.#pods[row]!.used.quantile(percentile);
		}
		const window = this.#nodes[node];
		const bySigma = cold + (window === undefined ? 0 : window.mean() + sigmas * window.deviation());
		const bounded = (peak: number) => Math.max(Math.min(peak, counted), Math.min(used, counted));
		const rc = bounded(cold + ofPods);
		const sigma = bounded(bySigma);
		const peaks: Partial<Record<Predictor, number>> = {};
		for (const predictor of predictors) {
			switch (predictor) {
				case "borg-default":
					peaks[predictor] = bounded(fraction * counted);
					break;
				case "rc-like":
					peaks[predictor] = rc;
					break;
				case "n-sigma":
					peaks[predictor] = sigma;
					break;
				case "max":
					peaks[predictor] = Math.max(rc, sigma);
					break;
				case "oracle":
					peaks[predictor] = bounded(this.#futurePeak(node));
					break;
			}
		}
		return peaks;
	}

	/** What the pods on a node count for, milli-CPU. */
	counted(node: NodeId): number {
		let sum = 0;
		for (const pod of this.#cell.podsOn(node)) sum += this.#cell.pods.classes[rowOf(pod)]!.request[CPU]!;
		return sum;
	}

	#isWarm(pod: PodId): boolean {
		const watched = this.#pods[rowOf(pod)];
		return watched !== undefined && watched.pod === pod && this.#cell.nowUs - watched.sinceUs >= this.#options.warmupUs;
	}

	/** Largest sum of what the pods want, each at most what it counts for, from now to the horizon. */
	#futurePeak(node: NodeId): number {
		const { pods, nowUs } = this.#cell;
		const endUs = nowUs + this.#options.horizonUs;
		const courses: Course[] = [];
		for (const pod of this.#cell.podsOn(node)) {
			const row = rowOf(pod);
			const startUs = Number.isNaN(pods.startUs[row]!) ? nowUs : pods.startUs[row]!;
			courses.push(...coursesOf(pods.arrival(row), startUs, pods.classes[row]!.request[CPU]!));
		}
		let peak = 0;
		for (let atUs = nowUs; atUs < endUs; ) {
			let sum = 0;
			let nextUs = endUs;
			for (const { demand, originUs, goneUs, most } of courses) {
				if (atUs >= goneUs) continue;
				sum += demand === null ? most : Math.min(most, valueAt(demand, atUs - originUs));
				nextUs = Math.min(nextUs, goneUs);
				if (demand !== null) nextUs = Math.min(nextUs, originUs + nextChangeUs(demand, atUs - originUs));
			}
			peak = Math.max(peak, sum);
			atUs = nextUs;
		}
		return peak;
	}
}

/** What a container wants from now on. */
interface Course {
	/** Null: nobody knows. */
	readonly demand: KnownDemand | null;
	readonly originUs: SimTime;
	/** When it is gone. */
	readonly goneUs: SimTime;
	/** milli-CPU that it uses at most. */
	readonly most: number;
}

function coursesOf(arrival: PodArrival, startUs: SimTime, request: number): readonly Course[] {
	const { usage, durationUs, cpuUsageFraction, spec } = arrival;
	const goneUs = startUs + durationUs;
	if (usage === undefined) {
		const demand = { kind: "constant", value: cpuUsageFraction * request } as const;
		return [{ demand, originUs: startUs, goneUs, most: request }];
	}
	return usage.containers.map(({ cpuMilli, threads }, i): Course => {
		const run = spec.run?.containers[i];
		const limit = run?.limits["cpu"] ?? Number.POSITIVE_INFINITY;
		if (cpuMilli.kind === "drawn") return { demand: null, originUs: startUs, goneUs, most: Math.min(limit, request) };
		const originUs = hasPodClock(cpuMilli) ? startUs : 0;
		return { demand: cpuMilli, originUs, goneUs, most: Math.min(limit, threads * 1000) };
	});
}
