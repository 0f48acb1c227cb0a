/** A small, complete experiment and small registries, for the tests of this folder. */
import { z } from "zod";
import { DiagnosticError } from "../../../src/experiment/file/diagnostics.js";
import { parseExperiment } from "../../../src/experiment/file/document.js";
import {
	type ResolvedExperiment,
	type ResolveOptions,
	resolveExperiment,
} from "../../../src/experiment/file/resolve.js";
import { durationSchema } from "../../../src/objects/duration.js";
import { nodeTemplateSchema } from "../../../src/objects/node.js";

const definition = (name: string, summary: string, params: z.ZodType) => [name, { name, summary, params }] as const;

export const registries = {
	schedulers: {
		kind: "scheduler",
		all: new Map([
			definition(
				"best-fit",
				"Least room left.",
				z.strictObject({ resource: z.enum(["cpu", "memory"]).default("cpu") }),
			),
			definition("random", "Any node that fits.", z.strictObject({ tries: z.int().min(1).default(10) })),
		]),
	},
	elasticPolicies: {
		kind: "elastic policy",
		all: new Map([
			definition("none", "What they ask for.", z.strictObject({})),
			definition("relative-size", "A multiple.", z.strictObject({ factor: z.number().min(1).default(4) })),
		]),
	},
	queueOrders: {
		kind: "queue order",
		all: new Map([definition("priority", "High to low.", z.strictObject({}))]),
	},
	architectures: {
		kind: "architecture",
		all: new Map([
			definition("monolithic", "One scheduler sees everything.", z.strictObject({})),
			definition("shared-state", "Private snapshots.", z.strictObject({ retries: z.int().min(0).default(3) })),
		]),
	},
	traceFormats: {
		kind: "trace format",
		all: new Map([
			definition("openb", "Alibaba 2023.", z.strictObject({ path: z.string(), window: durationSchema.optional() })),
		]),
	},
	syntheticWorkload: z.strictObject({ name: z.string(), count: z.int().min(1), duration: durationSchema }),
	distribution: z.union([
		durationSchema,
		z.discriminatedUnion("dist", [
			z.strictObject({ dist: z.literal("exponential"), mean: durationSchema }),
			z.strictObject({ dist: z.literal("uniform"), min: durationSchema, max: durationSchema }),
		]),
	]),
	orchestrators: { kind: "orchestrator", all: new Map() },
	recommenders: { kind: "recommender", all: new Map() },
	overcommitPolicies: { kind: "overcommit policy", all: new Map() },
	nodeTemplate: nodeTemplateSchema,
	machine: z.strictObject({ turbo: z.boolean().default(false).describe("Faster") }).describe("What machines are like"),
	tables: ["pods", "jobs", "attempts", "nodes", "changes"],
} as const;

export const QUICKSTART = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: quickstart}
spec:
  params: {data: ../traces, load: 2}
  clock: {warmup: 10m, end: 4h}
  seeds: {base: 1, count: 3}
  strategy:
    matrix:
      policy: [best-fit, random]
      replicas: [1, 4]
  cluster:
    nodeGroups:
      - name: node-\${{ item.index }}
        count: 10
        template:
          metadata: {labels: {zone: "z\${{ item.index % 3 }}"}}
          status: {allocatable: {cpu: "32", memory: 128Gi, pods: "110"}}
        gpu: {count: 8, model: T4}
  workloads:
    - name: web
      count: \${{ params.load * 50 }}
      duration: 1h
    - name: trace
      source: {format: openb, path: "\${{ params.data }}/pods.csv"}
  scheduling:
    architecture: {name: shared-state, retries: 5}
    schedulers:
      - scheduler: \${{ matrix.policy }}
        replicas: \${{ matrix.replicas }}
        decisionTime: {perJob: 100ms, perPod: 5ms}
  node:
    startDelay: {dist: exponential, mean: 2s}
  faults:
    - {at: 1h, action: fail, nodes: [node-3]}
    - {at: 2h, action: delete, pods: {matchLabels: {app: web}}}
  outputs:
    tables: [pods, {name: nodes, every: 1m}]
`;

export interface Given {
	readonly set?: readonly string[];
	readonly only?: readonly string[];
}

/** The runs of an experiment text. */
export function resolve(text: string, given: Given = {}): ResolvedExperiment {
	const options: ResolveOptions = given.only === undefined ? {} : { only: given.only };
	return resolveExperiment(
		parseExperiment(text, "exp.yaml", given.set === undefined ? {} : { set: given.set }),
		registries,
		options,
	);
}

/** What people read about a text that cannot be taken; fails when it can. */
export function complaint(text: string, given: Given = {}): string {
	try {
		resolve(text, given);
	} catch (error) {
		if (error instanceof DiagnosticError) return error.message;
		throw error;
	}
	throw new Error("the experiment was taken");
}

/** A text with one stretch replaced, which has to be there exactly once. */
export function edit(text: string, from: string, to: string): string {
	if (text.split(from).length !== 2) throw new Error(`'${from}' is not there exactly once`);
	return text.replace(from, () => to);
}
