/** Random nodes and jobs of all priority bands, for the properties of schedulers that preempt. */
import fc from "fast-check";
import type { JobArrival } from "../../src/objects/arrival.js";
import type { NodeSpec } from "../../src/objects/spec.js";
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
