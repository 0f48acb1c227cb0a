/**
 * The experiment file, as a schema: one strict description that checks files, gives the types, and becomes the JSON Schema that
 * editors read. Durations are texts in the file and integer microseconds after parsing; quantities become canonical integers.
 */
import { z } from "zod";
import { durationSchema, positiveDuration } from "../../objects/duration.js";
import { typicalPodsSchema } from "../../scheduling/gpu/typical-pods-schema.js";
import { clusterSchema, nodeGroupSchema } from "./cluster-schema.js";
import { compactionSchema } from "./compaction-schema.js";
import { type Catalogue, componentSchema } from "./component.js";
import { failuresSchema } from "./failures-schema.js";
import { faultsSchema } from "./faults-schema.js";
import { figuresSchema } from "./figures-schema.js";
import { nodeSchema } from "./node-schema.js";
import { type OrchestratorCatalogue, withOrchestratorDefaults } from "./orchestrator-defaults.js";
import { actionsSchema, applicationsSchema } from "./orchestrator-schema.js";
import { refuseRepeated, refuseRepeatedNames } from "./repeated.js";
import { schedulingSchema } from "./scheduling-schema.js";
import { sourceSchema } from "./source-schema.js";
import { strategySchema } from "./strategy.js";
import { trafficSchema } from "./traffic-schema.js";

/** What an experiment may ask for. The type parameters are what other rooms make of their parts of the file. */
export interface ExperimentRegistries<
	Synthetic = unknown,
	Distribution = unknown,
	NodeTemplate = unknown,
	Machine = unknown,
> {
	readonly schedulers: Catalogue;
	readonly elasticPolicies: Catalogue;
	readonly queueOrders: Catalogue;
	readonly architectures: Catalogue;
	readonly traceFormats: Catalogue;
	/** A workload that is generated; a strict map with a `name`. */
	readonly syntheticWorkload: z.ZodType<Synthetic>;
	/** A duration, or a distribution of durations. */
	readonly distribution: z.ZodType<Distribution>;
	/** Metadata, spec and status of a node, without its name. */
	readonly nodeTemplate: z.ZodType<NodeTemplate>;
	/** What machines are like. */
	readonly machine: z.ZodType<Machine>;
	readonly overcommitPolicies: Catalogue;
	readonly orchestrators: OrchestratorCatalogue;
	readonly recommenders: Catalogue;
	/** Names of the tables that a run can write. */
	readonly tables: readonly string[];
}

/** An experiment file after parsing: every default filled in. */
export type Experiment<
	Synthetic = unknown,
	Distribution = unknown,
	NodeTemplate = unknown,
	Machine = unknown,
> = z.output<ReturnType<typeof experimentSchema<Synthetic, Distribution, NodeTemplate, Machine>>>;

/** The `spec` of an experiment after parsing. */
export type ExperimentSpec<
	Synthetic = unknown,
	Distribution = unknown,
	NodeTemplate = unknown,
	Machine = unknown,
> = Experiment<Synthetic, Distribution, NodeTemplate, Machine>["spec"];

/** Controllers are asked for by path only: those of an orchestrator come with it. */
const NO_CONTROLLERS: Catalogue = { kind: "controller", all: new Map() };

/** The schema of a whole experiment document. */
export function experimentSchema<Synthetic, Distribution, NodeTemplate, Machine>(
	registries: ExperimentRegistries<Synthetic, Distribution, NodeTemplate, Machine>,
) {
	const nodeGroup = nodeGroupSchema(registries.nodeTemplate);
	const specShape = {
		description: z.string().describe("What the experiment is about").optional(),
		...frameShape,
		clock: clockSchema.prefault({}),
		cluster: clusterSchema(nodeGroup, registries).prefault({}),
		workloads: workloadsSchema(registries).prefault([]),
		scheduling: schedulingSchema(registries),
		node: nodeSchema(registries).prefault({}),
		faults: faultsSchema(nodeGroup).prefault([]),
		failures: failuresSchema(registries).optional(),
		orchestrator: componentSchema(registries.orchestrators, {
			key: "name",
			short: true,
			files: false,
			description:
				"The control plane: controllers that bring the cell to what applications and Kubernetes documents in this file declare; nobody if absent. It brings who schedules, and what nodes are like, as far as this file does not say",
		}).optional(),
		controllers: z
			.array(
				componentSchema(NO_CONTROLLERS, {
					key: "name",
					short: true,
					files: true,
					description:
						"A file that exports a controller (defineController): ./mine.ts, or {name: ./mine.ts, ...parameters}",
				}),
			)
			.prefault([])
			.describe("Controllers of your own beside those of the orchestrator, with the kinds of objects that they bring"),
		applications: applicationsSchema.prefault([]),
		actions: actionsSchema.prefault([]),
		traffic: trafficSchema.superRefine(refuseRepeatedNames).prefault([]),
		outputs: outputsSchema(registries.tables).prefault({}),
		compaction: compactionSchema.prefault({}),
	};
	return z.strictObject({
		apiVersion: z.literal(API_VERSION).describe("Version of this file format"),
		kind: z.literal("Experiment").describe("What this document is; Kubernetes objects may stand beside it"),
		metadata,
		spec: z
			.preprocess((spec) => withOrchestratorDefaults(spec, registries.orchestrators), z.strictObject(specShape))
			.describe("The cluster, what is submitted to it, who schedules, and what is varied"),
	});
}

export const API_VERSION = "cellsim/v1alpha1";

const metadata = z
	.strictObject({
		name: z
			.string()
			.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
				error: (issue) =>
					`'${String(issue.input)}' is not a name: write up to 63 lower-case letters, digits and '-', such as my-experiment`,
			})
			.describe("Name of the experiment, a DNS label; results go to a folder of this name"),
	})
	.describe("Who this experiment is");

const seedText = "expected a whole number from 0, such as 7, quoted beyond 2^53";
const seed = z
	.union([
		z.int().min(0),
		z.string().regex(/^(0|[1-9]\d*)$/, { error: (issue) => `${seedText}, got '${issue.input}'` }),
	])
	.transform(String);

/** The seeds of an experiment, as decimal digits. */
export const seedsSchema = z
	.union([
		z
			.strictObject({
				base: seed.prefault(1).describe("The first seed"),
				count: z.int().min(1).max(1_000_000).describe("How many seeds: base, base + 1, ..."),
			})
			.transform(({ base, count }) => Array.from({ length: count }, (_, i) => String(BigInt(base) + BigInt(i)))),
		z.array(seed).min(1).superRefine(refuseRepeated("seed")),
	])
	.describe("One run for each seed. Seeds beyond 2^53 are quoted");

/** The value of a parameter. */
export const paramSchema = z.union([z.string(), z.number(), z.boolean()]);

const params = z
	.record(z.string(), paramSchema)
	.describe(
		"Named values for expressions, `${{ params.name }}`; the command line overrides them: --set spec.params.name=value",
	);

/** The parts of the spec that say which runs there are and what is drawn of them, and so cannot hold expressions. */
const frameShape = {
	params: params.prefault({}),
	seeds: seedsSchema.prefault([1]),
	strategy: strategySchema.prefault({}),
	figures: figuresSchema.superRefine(refuseRepeatedNames).prefault([]),
};

/** What has to be right before the runs can be told apart; everything else is let through. */
export const frameSchema = z.object({ metadata, spec: z.object(frameShape) });

const clockSchema = z
	.strictObject({
		warmup: durationSchema.prefault("0s").describe("Metrics leave out what happens before this instant"),
		end: durationSchema.describe("When to stop; without it a run goes on until nothing is left to do").optional(),
	})
	.superRefine(({ warmup, end }, context) => {
		if (end === undefined || warmup < end) return;
		context.addIssue({ code: "custom", path: ["warmup"], message: "the warm-up must be shorter than the run" });
	})
	.describe("Simulated time, from 0");

function workloadsSchema<Synthetic>(registries: {
	readonly traceFormats: Catalogue;
	readonly syntheticWorkload: z.ZodType<Synthetic>;
}) {
	const imported = z
		.strictObject({
			name: z.string().min(1).describe("Name of the workload in metrics"),
			source: sourceSchema(registries.traceFormats, "Pods read from a trace"),
		})
		.describe("Pods of a trace");
	return z
		.array(z.union([imported, registries.syntheticWorkload]))
		.superRefine(refuseRepeatedNames)
		.describe("What is submitted. Kubernetes Pod documents in the same file are added at time 0");
}

function outputsSchema(tables: readonly string[]) {
	const table = z.enum(tables).describe("Name of a table");
	const every = durationSchema.describe("Time between samples; without it sampleEvery");
	const entry = z.union([
		table.transform((name) => ({ name, everyUs: null })),
		z.strictObject({ name: table, every }).transform(({ name, every }) => ({ name, everyUs: every })),
	]);
	return z
		.strictObject({
			tables: z
				.array(entry)
				.superRefine(refuseRepeatedNames)
				.prefault(["pods", "jobs", "attempts", "nodes", "schedulers"].filter((name) => tables.includes(name)))
				.describe("Tables to write beside the manifest"),
			gpuFragmentation: z
				.strictObject({
					typicalPods: typicalPodsSchema,
					loads: z
						.array(z.int().min(0))
						.prefault([100])
						.describe("Arrived loads, percent of the cell's GPU, at which the summary says how things stood"),
				})
				.describe("Measures GPU fragmentation as the FGD study does: idle GPU that typical pods cannot use")
				.optional(),
			sampleEvery: positiveDuration.prefault("1h").describe("Time between the samples of tables that are sampled"),
		})
		.describe("What a run writes");
}
