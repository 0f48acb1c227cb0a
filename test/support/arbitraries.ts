/** Random nodes, pods, jobs and faults for the properties: small numbers, so that things collide. */
import fc from "fast-check";
import type { Fault } from "../../src/node/faults.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import type { NodeSpec, PodFacts, Taint } from "../../src/objects/spec.js";
import { job, node, type PodArrivalOptions, podArrival } from "./cells.js";

const FPGA = "example.com/fpga";
const TAINTS: readonly Taint[] = [
	{ key: "team", value: "ml", effect: "NoSchedule" },
	{ key: "flaky", value: "", effect: "PreferNoSchedule" },
	{ key: "drain", value: "", effect: "NoExecute" },
];

/** A node without a name. */
const nodeSpec: fc.Arbitrary<NodeSpec> = fc
	.record({
		cpu: fc.constantFrom(0, 2000, 4000, 8000),
		memory: fc.constantFrom(0, 300, 1000),
		pods: fc.constantFrom(1, 4, 110),
		fpgas: fc.constantFrom(0, 0, 2),
		gpus: fc.constantFrom(0, 0, 1, 4),
		gpuModel: fc.constantFrom("T4", "A10"),
		zone: fc.constantFrom("a", "b"),
		taints: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray([...TAINTS]) }),
		cordoned: fc.integer({ min: 0, max: 7 }),
	})
	.map(({ fpgas, zone, cordoned, ...rest }) =>
		node("", {
			...rest,
			extended: fpgas > 0 ? { [FPGA]: fpgas } : {},
			labels: { zone },
			unschedulable: cordoned === 0,
		}),
	);

/** Nodes named node-0, node-1, ... */
export function nodeSpecs(maxLength: number, minLength = 1): fc.Arbitrary<NodeSpec[]> {
	return fc
		.array(nodeSpec, { minLength, maxLength, size: "max" })
		.map((specs) => specs.map((spec, i) => ({ ...spec, name: `node-${i}` })));
}

const facts: fc.Arbitrary<Partial<PodFacts>> = fc.oneof(
	{ weight: 4, arbitrary: fc.constant({}) },
	{ weight: 1, arbitrary: fc.constantFrom("a", "b").map((zone) => ({ nodeSelector: { zone } })) },
	{
		weight: 1,
		arbitrary: fc.constantFrom("node-0", "node-1").map((name) => ({ nodeName: name })),
	},
	{
		weight: 1,
		arbitrary: fc.constant({
			tolerations: [{ key: null, operator: "Exists", value: "", effect: null, tolerationSeconds: null }] as const,
		}),
	},
	{
		weight: 1,
		arbitrary: fc.constant({
			requiredNodeTerms: [
				{ matchExpressions: [{ key: "zone", operator: "NotIn", values: ["b"] }], matchFields: [] },
			] as const,
		}),
	},
);

/** What a pod asks for: mostly cpu and memory, sometimes a share of a GPU, several GPUs or an FPGA. */
export const podOptions: fc.Arbitrary<PodArrivalOptions> = fc
	.record({
		cpu: fc.constantFrom(0, 500, 1000, 1500, 3000),
		memory: fc.constantFrom(0, 100, 250),
		fpgas: fc.constantFrom(0, 0, 0, 1),
		gpu: fc.constantFrom(
			undefined,
			undefined,
			undefined,
			{ count: 1, milli: 400 },
			{ count: 1, milli: 1000, models: ["A10"] },
			{ count: 2, milli: 1000 },
		),
		facts,
	})
	.map(({ fpgas, gpu, ...rest }) => ({
		...rest,
		extended: fpgas > 0 ? { [FPGA]: 1 } : {},
		...(gpu ? { gpu } : {}),
	}));

export interface WorkloadOptions {
	readonly maxJobs: number;
	/** Pods of a job, at most; their classes may differ, but not those of a gang. */
	readonly maxPods: number;
	readonly gangs: boolean;
}

/** Jobs in order of time, of a handful of pod classes, all within 60 us. */
export function workloads({ maxJobs, maxPods, gangs }: WorkloadOptions): fc.Arbitrary<JobArrival[]> {
	return jobsOf(fc.array(podOptions, { minLength: 1, maxLength: 4, size: "max" }), { maxJobs, maxPods, gangs });
}

/** Few plain nodes and many short jobs, of which nearly all fit an empty node: queues, and room that comes and goes. */
export function crowds(options: WorkloadOptions): fc.Arbitrary<{ nodes: NodeSpec[]; jobs: JobArrival[] }> {
	const classes = fc.subarray([1000, 2000, 3000, 4000, 9000], { minLength: 1, maxLength: 3 });
	return fc.record({
		nodes: fc
			.array(fc.constantFrom(4000, 6000), { minLength: 1, maxLength: 3 })
			.map((cpus) => cpus.map((cpu, i) => node(`node-${i}`, { cpu }))),
		jobs: jobsOf(
			classes.map((cpus) => cpus.map((cpu) => ({ cpu }))),
			options,
		),
	});
}

function jobsOf(
	classes: fc.Arbitrary<readonly PodArrivalOptions[]>,
	{ maxJobs, maxPods, gangs }: WorkloadOptions,
): fc.Arbitrary<JobArrival[]> {
	const drawn = fc.record({
		timeUs: fc.integer({ min: 0, max: 60 }),
		pods: fc.array(
			fc.record({
				which: fc.nat({ max: 3 }),
				durationUs: fc.constantFrom(0, 1, 5, 10, 20, 40, 40, Number.POSITIVE_INFINITY),
			}),
			{ minLength: 1, maxLength: maxPods, size: "max" },
		),
		gang: fc.boolean(),
		priority: fc.constantFrom(0, 0, 0, 1, 2),
	});
	return fc.tuple(classes, fc.array(drawn, { maxLength: maxJobs, size: "max" })).map(([pool, jobs]) =>
		jobs
			.sort((a, b) => a.timeUs - b.timeUs)
			.map(({ timeUs, pods, gang, priority }, i) =>
				job(`job-${i}`, {
					timeUs,
					gang: gangs && gang,
					pods: pods.map(({ which, durationUs }) => {
						// The pods of a gang are alike: whether it fits does not depend on the order of placing.
						const options = pool[(gangs && gang ? pods[0]!.which : which) % pool.length]!;
						return podArrival({ ...options, facts: { ...options.facts, priority }, durationUs });
					}),
				}),
			),
	);
}

/** Nodes that fail, recover, go and come; pods that are deleted. */
export const faultLists: fc.Arbitrary<Fault[]> = fc
	.array(
		fc
			.record({
				atUs: fc.integer({ min: 0, max: 80 }),
				action: fc.constantFrom(
					"fail" as const,
					"recover" as const,
					"remove" as const,
					"add" as const,
					"delete" as const,
				),
				which: fc.nat({ max: 12 }),
				spec: nodeSpec,
			})
			.map(({ atUs, action, which, spec }): Fault => {
				if (action === "add") return { atUs, action, nodes: [spec] };
				if (action === "delete")
					return { atUs, action, selects: ({ name }) => Number(name.split("-")[1]) % 4 === which % 4 };
				return { atUs, action, selects: (n) => n.name === `node-${which % 4}` };
			}),
		{ maxLength: 6, size: "max" },
	)
	.map((faults) =>
		faults.map((fault, i) =>
			fault.action === "add" ? { ...fault, nodes: fault.nodes.map((n) => ({ ...n, name: `new-${i}` })) } : fault,
		),
	);
