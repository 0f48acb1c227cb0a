/** Arrival processes: when jobs come. One entry of `PROCESSES` is one process. */
import { z } from "zod";
import { type DistributionSpec, sampler } from "../../engine/distributions.js";
import type { Random, RandomSource } from "../../engine/random.js";
import { durationDistribution, numberDistribution } from "../../objects/distribution-schema.js";
import { durationSchema } from "../../objects/duration.js";

const rate = z.number().positive().describe("jobs per second");
const positiveDuration = durationSchema.refine((us) => us > 0, { error: "must be more than 0s" });

/** A rate over the day. */
export const diurnalRate = z
	.strictObject({
		ratePerSecond: rate.describe("mean rate over a period"),
		amplitude: z.number().min(0).max(1).describe("swing around the mean: 0 none, 1 from nothing to twice the mean"),
		period: positiveDuration.default(86_400_000_000).describe("24h by default"),
		peakAt: durationSchema.default(43_200_000_000).describe("first instant of the highest rate, 12h by default"),
	})
	.describe("a rate that follows a cosine");

const processes = {
	poisson: z.strictObject({ ratePerSecond: rate }).describe("independent arrivals at a constant rate"),
	deterministic: z.strictObject({ every: positiveDuration }).describe("one job at 0s and one after each `every`"),
	diurnal: diurnalRate.describe("Poisson arrivals whose rate follows a cosine"),
	bursts: z
		.strictObject({
			every: durationDistribution.describe("from the start of one burst to the next; the first begins after one"),
			size: numberDistribution.describe("jobs per burst, rounded, at least 1"),
			spread: durationSchema.default(0).describe("jobs come uniformly within this time of the burst's start"),
		})
		.describe("groups of jobs"),
	at: durationSchema.describe("all jobs at this instant; needs count"),
} as const;

/** Exactly one process, by name: `{poisson: {ratePerSecond: 2}}`. */
export const arrivalSchema = z
	.strictObject({
		poisson: processes.poisson.optional(),
		deterministic: processes.deterministic.optional(),
		diurnal: processes.diurnal.optional(),
		bursts: processes.bursts.optional(),
		at: processes.at.optional(),
	})
	.refine((given) => Object.values(given).filter((process) => process !== undefined).length === 1, {
		error: `exactly one arrival process is needed: ${Object.keys(processes).join(", ")}`,
	});

export type ArrivalSpec = z.output<typeof arrivalSchema>;

/**
 * Times of one arrival after the other, microseconds from simulation start, not yet rounded, never falling and never ending.
 * Draws from streams `<name>`, `<name>/size` and `<name>/spread` of `source`.
 */
export function arrivalTimes(spec: ArrivalSpec, source: RandomSource, name: string): () => number {
	const { poisson, deterministic, diurnal, bursts, at } = spec;
	if (poisson !== undefined) return poissonTimes(poisson.ratePerSecond, source.stream(name));
	if (deterministic !== undefined) return deterministicTimes(deterministic.every);
	if (diurnal !== undefined) return diurnalTimes(diurnal, source.stream(name));
	if (bursts !== undefined) return burstTimes(bursts, source, name);
	return () => at!;
}

const SECOND_US = 1_000_000;

function poissonTimes(ratePerSecond: number, random: Random): () => number {
	const gap = sampler({ dist: "exponential", mean: SECOND_US / ratePerSecond }, random);
	let timeUs = 0;
	return () => (timeUs += gap());
}

function deterministicTimes(everyUs: number): () => number {
	let timeUs = -everyUs;
	return () => (timeUs += everyUs);
}

/** Thinning (Lewis and Shedler 1979): candidates at the peak rate, each kept with probability rate(t) / peak rate. */
function diurnalTimes(spec: NonNullable<ArrivalSpec["diurnal"]>, random: Random): () => number {
	const { amplitude, period, peakAt } = spec;
	const candidate = poissonTimes(spec.ratePerSecond * (1 + amplitude), random);
	return () => {
		for (;;) {
			const timeUs = candidate();
			const relative = 1 + amplitude * Math.cos((2 * Math.PI * (timeUs - peakAt)) / period);
			if (random.next() * (1 + amplitude) < relative) return timeUs;
		}
	};
}

interface Bursts {
	readonly every: DistributionSpec;
	readonly size: DistributionSpec;
	readonly spread: number;
}

/** Bursts may overlap, so a burst's jobs wait until no later burst can begin before them. */
function burstTimes({ every, size, spread }: Bursts, source: RandomSource, name: string): () => number {
	const gap = sampler(every, source.stream(name));
	const jobs = sampler(size, source.stream(`${name}/size`));
	const within = source.stream(`${name}/spread`);
	let startUs = Math.max(1, gap());
	/** Falling, so that the next is taken from the end. */
	let pending: number[] = [];
	return () => {
		while (pending.length === 0 || startUs < pending.at(-1)!) {
			const count = Math.max(1, Math.round(jobs()));
			for (let i = 0; i < count; i++) pending.push(spread === 0 ? startUs : startUs + within.next() * spread);
			pending = pending.sort((a, b) => b - a);
			startUs += Math.max(1, gap());
		}
		return pending.pop()!;
	};
}
