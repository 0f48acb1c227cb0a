/**
 * Queues of which the answer is known: one node per server, each with room for one pod, a strict queue, Poisson arrivals and
 * exponential run times. The simulated means must lie around the formulas of queueing theory.
 */
import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../src/engine/random.js";
import { TimeWeighted } from "../../src/metrics/time-weighted.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import { node, podArrival } from "../support/cells.js";
import { simulate } from "../support/simulations.js";
import { type Interval, interval } from "../support/statistics.js";

const SEEDS = Array.from({ length: 12 }, (_, i) => `queue-${i}`);
const MEAN_SERVICE_US = 1_000_000;
const JOBS = 12_000;
/** Arrivals that are not counted, so that the empty cell at the start is forgotten. */
const WARMUP = 1_500;

interface Observed {
	/** Mean time from submission to binding, in units of the mean service time. */
	readonly wait: number;
	/** Number of waiting pods, averaged over time. */
	readonly waiting: number;
	/** Pods submitted per mean service time. */
	readonly rate: number;
}

/** M/M/c: `load` is the mean number of busy servers if none were lacking, lambda / mu. */
async function observe(servers: number, load: number, seed: string): Promise<Observed> {
	const jobs = poissonJobs(load, seed);
	const warmupUs = jobs[WARMUP]!.timeUs;
	const lastUs = jobs.at(-1)!.timeUs;
	const waiting = new TimeWeighted(warmupUs);
	let [waits, counted, submitted, untilLastUs] = [0, 0, 0, 0];
	await simulate({
		nodes: Array.from({ length: servers }, (_, i) => node(`server-${i}`, { pods: 1 })),
		jobs,
		quiet: true,
		queue: { discipline: "strict", backoff: { initialUs: 0, maxUs: 0 } },
		observers: [
			(_engine, cell) =>
				cell.watch({
					jobSubmitted(job) {
						waiting.add(1, cell.nowUs);
						if (job.submitUs >= warmupUs) submitted++;
						if (submitted === jobs.length - WARMUP) untilLastUs = waiting.area(lastUs);
					},
					podBound(pod) {
						waiting.add(-1, cell.nowUs);
						const { submitUs } = cell.pod(pod);
						if (submitUs < warmupUs) return;
						waits += cell.nowUs - submitUs;
						counted++;
					},
				}),
		],
	});
	expect(counted).toBe(jobs.length - WARMUP);
	const spanUs = lastUs - warmupUs;
	return {
		wait: waits / counted / MEAN_SERVICE_US,
		waiting: untilLastUs / spanUs,
		rate: (submitted / spanUs) * MEAN_SERVICE_US,
	};
}

/** Poisson arrivals at rate `load` per mean service time, with exponential run times. */
function poissonJobs(load: number, seed: string): JobArrival[] {
	const random = new SeededRandomSource(seed);
	const [gaps, services] = [random.stream("gaps"), random.stream("services")];
	const exponential = (uniform: number) => -Math.log(1 - uniform) * MEAN_SERVICE_US;
	const spec = podArrival({ cpu: 0, memory: 0 });
	let time = 0;
	return Array.from({ length: JOBS }, (_, i) => {
		time += exponential(gaps.next()) / load;
		const durationUs = Math.round(exponential(services.next()));
		return { timeUs: Math.round(time), name: `job-${i}`, gang: false, pods: [{ ...spec, durationUs }] };
	});
}

/** Mean wait in M/M/c by Erlang's C formula, in units of the mean service time. */
function erlangWait(servers: number, load: number): number {
	let term = 1;
	let sum = 0;
	for (let k = 0; k < servers; k++) {
		sum += term;
		term *= load / (k + 1);
	}
	const queued = (term * servers) / (servers - load);
	return queued / (sum + queued) / (servers - load);
}

function expectWithin({ mean, halfWidth }: Interval, expected: number, precision: number): void {
	expect(Math.abs(mean - expected), `${mean} +- ${halfWidth} against ${expected}`).toBeLessThan(halfWidth);
	// An interval that is too wide would prove nothing.
	expect(halfWidth / expected).toBeLessThan(precision);
}

test("Erlang's C formula is that of one server for c = 1: rho / (mu - lambda)", () => {
	expect(erlangWait(1, 0.8)).toBeCloseTo(0.8 / (1 - 0.8), 12);
	// Two servers, one busy on average: C = 1/3, so 1/3 of the jobs wait 1 / (2 - 1).
	expect(erlangWait(2, 1)).toBeCloseTo(1 / 3, 12);
});

describe.each([
	[1, 0.5, 0.1],
	[1, 0.8, 0.25],
	[3, 2.4, 0.25],
	[10, 8, 0.25],
] as const)("%i servers at load %d", (servers, load, precision) => {
	test("the mean wait is that of theory, and Little's law holds", async () => {
		const runs: Observed[] = [];
		for (const seed of SEEDS) runs.push(await observe(servers, load, `${seed}/${servers}`));
		expectWithin(interval(runs.map(({ wait }) => wait)), erlangWait(servers, load), precision);
		expectWithin(interval(runs.map(({ rate }) => rate)), load, 0.05);
		expectWithin(interval(runs.map(({ waiting }) => waiting)), load * erlangWait(servers, load), precision + 0.05);
		// Little's law holds run by run, but for the pods that wait at the edges of the span.
		for (const { wait, waiting, rate } of runs) expect(waiting / (rate * wait)).toBeCloseTo(1, 1);
	});
});
