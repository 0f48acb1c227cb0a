/** Random nodes and jobs of all priority bands, for the properties of schedulers that preempt. */
import fc from "fast-check";
import { runsInAlloc } from "../../src/objects/alloc.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import { type NodeSpec, PLAIN_FACTS } from "../../src/objects/spec.js";
import { job, node } from "./cells.js";

/** Two priorities of each band but monitoring. */
export const BAND_PRIORITIES = [0, 50, 100, 115, 120, 200, 360];

/** Nodes of two sizes in two racks. */
export const bandNodes: fc.Arbitrary<NodeSpec[]> = fc
	.array(fc.constantFrom(4000, 6000), { minLength: 1, maxLength: 4 })
	.map((cpus) =>
		cpus.map((cpu, i) => node(`node-${i}`, { cpu, labels: { "topology.kubernetes.io/rack": `rack-${i % 2}` } })),
	);

export interface BandJobOptions {
	readonly maxJobs: number;
	/** How long pods run, microseconds. */
	readonly durationsUs: readonly number[];
	readonly gangs?: boolean;
}

/** Jobs of up to four equal pods within 40 us, in order of time. */
export function bandJobs({ maxJobs, durationsUs, gangs = false }: BandJobOptions): fc.Arbitrary<JobArrival[]> {
	const drawn = fc.record({
		timeUs: fc.integer({ min: 0, max: 40 }),
		pods: fc.integer({ min: 1, max: 4 }),
		gang: gangs ? fc.boolean() : fc.constant(false),
		cpu: fc.constantFrom(500, 1000, 2000, 3500, 5000),
		memory: fc.constantFrom(10, 200, 400),
		priority: fc.constantFrom(...BAND_PRIORITIES),
		durationUs: fc.constantFrom(...durationsUs),
	});
	return fc
		.array(drawn, { minLength: 1, maxLength: maxJobs, size: "max" })
		.map((jobs) =>
			jobs
				.sort((a, b) => a.timeUs - b.timeUs)
				.map(({ priority, ...options }, i) => job(`job-${i}`, { ...options, facts: { priority } })),
		);
}

/** The users of `bandCrowds`. */
export const BAND_USERS = ["ads", "web"];

/**
 * Jobs of two users as `bandJobs`, gangs among them, and alloc sets, which are jobs of allocs, with tasks that run in them. No task of an
 * alloc has a higher priority than its alloc: it goes where that goes.
 */
export function bandCrowds(durationsUs: readonly number[]): fc.Arbitrary<JobArrival[]> {
	const set = fc.record({
		at: fc.integer({ min: 0, max: 20 }),
		allocs: fc.integer({ min: 1, max: 2 }),
		cpu: fc.constantFrom(1000, 2000, 3500),
		priority: fc.constantFrom(...BAND_PRIORITIES),
		tasks: fc.array(
			fc.record({
				after: fc.integer({ min: 0, max: 20 }),
				pods: fc.integer({ min: 1, max: 3 }),
				cpu: fc.constantFrom(500, 1000),
				below: fc.constantFrom(...BAND_PRIORITIES),
				durationUs: fc.constantFrom(...durationsUs),
			}),
			{ minLength: 1, maxLength: 3 },
		),
	});
	const user = fc.infiniteStream(fc.constantFrom(...BAND_USERS));
	const plain = bandJobs({ maxJobs: 10, durationsUs, gangs: true });
	return fc.tuple(plain, fc.array(set, { maxLength: 3, size: "max" }), user).map(([jobs, sets, users]) => {
		const inSets = sets.flatMap(({ at, allocs, cpu, priority, tasks }, i) => [
			job(`set-${i}`, {
				timeUs: at,
				pods: allocs,
				cpu,
				durationUs: Number.POSITIVE_INFINITY,
				facts: { priority, alloc: `s${i}` },
			}),
			...tasks.map(({ after, below, ...task }, t) =>
				job(`in-${i}-${t}`, {
					...task,
					timeUs: at + after,
					memory: 10,
					facts: runsInAlloc({ ...PLAIN_FACTS, priority: Math.min(priority, below) }, `s${i}`),
				}),
			),
		]);
		return [...jobs, ...inSets]
			.sort((a, b) => a.timeUs - b.timeUs)
			.map((arrival) => ownedBy(users.next().value, arrival));
	});
}

function ownedBy(namespace: string, arrival: JobArrival): JobArrival {
	const pods = arrival.pods.map((pod) => ({ ...pod, spec: { ...pod.spec, facts: { ...pod.spec.facts, namespace } } }));
	return { ...arrival, pods };
}
