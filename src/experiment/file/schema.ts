/**
 * The experiment file, as a schema: one strict description that checks files, gives the types, and becomes the JSON Schema that
 * editors read. Durations are texts in the file and integer microseconds after parsing; quantities become canonical integers.
 */
import { z } from "zod";
import { durationSchema, positiveDuration } from "../../objects/duration.js";
import { SPREADS } from "../../scheduling/router.js";
import { QUEUE_DISCIPLINES, RETRY_PLACES } from "../../scheduling/waiting-room.js";
import { type Catalogue, componentSchema } from "./component.js";
import { figuresSchema } from "./figures-schema.js";
import { loadSchema } from "./load-schema.js";
import { prefillSchema } from "./prefill-schema.js";
import { strategySchema } from "./strategy.js";

/** What an experiment may ask for. The type parameters are what other rooms make of their parts of the file. */
export interface ExperimentRegistries<
	Synthetic = unknown,
	Distribution = unknown,
	NodeTemplate = unknown,
	Machine = unknown,
> {
	readonly schedulers: Catalogue;
	readonly elasticPolicies: Catalogue;
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
		outputs: outputsSchema(registries.tables).prefault({}),
	};
	return z.strictObject({
		apiVersion: z.literal(API_VERSION).describe("Version of this file format"),
		kind: z.literal("Experiment").describe("What this document is; Kubernetes objects may stand beside it"),
		metadata,
		spec: z.strictObject(specShape).describe("The cluster, what is submitted to it, who schedules, and what is varied"),
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

const count = (description: string) => z.int().min(0).describe(description);
const matchLabels = z
	.record(z.string(), z.string())
	.refine((labels) => Object.keys(labels).length > 0, { error: "needs at least one label" })
	.describe("Labels that all must be equal");

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

function nodeGroupSchema<NodeTemplate>(template: z.ZodType<NodeTemplate>) {
	return z
		.strictObject({
			name: z
				.string()
				.min(1)
				.describe("Name of the nodes, with `${{ item.index }}`; without it the nodes are called <name>-<index>"),
			count: count("How many nodes"),
			template: template.describe("A Kubernetes Node without its name; metadata may use `${{ item.index }}`"),
			gpu: z
				.strictObject({
					count: count("GPUs of each node"),
					model: z.string().default("").describe("Card model, as pods ask for it"),
				})
				.describe("GPUs that pods may share")
				.optional(),
		})
		.describe("Nodes made from one template");
}

type NodeGroupSchema<NodeTemplate> = ReturnType<typeof nodeGroupSchema<NodeTemplate>>;

function clusterSchema<NodeTemplate>(
	nodeGroup: NodeGroupSchema<NodeTemplate>,
	{ traceFormats, schedulers }: { readonly traceFormats: Catalogue; readonly schedulers: Catalogue },
) {
	return z
		.strictObject({
			nodeGroups: z.array(nodeGroup).superRefine(refuseRepeatedNames).prefault([]).describe("Groups of equal nodes"),
			source: sourceSchema(traceFormats, "Nodes read from a trace").optional(),
			prefill: prefillSchema(schedulers).optional(),
		})
		.describe("The nodes. Kubernetes Node documents in the same file are added");
}

function sourceSchema(formats: Catalogue, description: string) {
	return componentSchema(formats, { key: "format", short: false, files: false, description });
}

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

const excludedNodes = z
	.union([
		z.strictObject({
			fraction: z.number().min(0).max(1).describe("Share of the nodes, drawn at random, once for all"),
		}),
		z.strictObject({ matchLabels }).describe("Nodes with all these labels"),
	])
	.describe("Nodes it may not use");

const decisionCost = {
	perJob: durationSchema.prefault("0s").describe("Time each decision takes"),
	perPod: durationSchema.prefault("0s").describe("Time added for each pod of it"),
};

function schedulingSchema(registries: Pick<ExperimentRegistries, "schedulers" | "elasticPolicies" | "architectures">) {
	const scheduler = z.strictObject({
		name: z
			.string()
			.min(1)
			.default("main")
			.describe("Name in metrics; pods with this schedulerName go to it, whatever their class"),
		scheduler: componentSchema(registries.schedulers, {
			key: "name",
			short: true,
			files: true,
			description: "The placement policy: a name, a map of name and parameters, or a file such as ./mine.ts",
		}),
		classes: z
			.array(z.string())
			.min(1)
			.describe("Classes of jobs it is for; without it, all jobs that no other scheduler is for")
			.optional(),
		replicas: z.int().min(0).default(1).describe("How many of them work side by side; 0 leaves the entry out"),
		spread: z.enum(SPREADS).default("hash").describe("How jobs are dealt out among the replicas"),
		excludedNodes: excludedNodes.optional(),
		elastic: componentSchema(registries.elasticPolicies, {
			key: "policy",
			short: true,
			files: false,
			description:
				"What it does with jobs whose work more pods than asked for can share: a name, or a map with 'policy'",
		}).prefault("none" as never),
		decisionTime: z
			.strictObject({
				...decisionCost,
				byClass: z
					.record(z.string(), z.strictObject(decisionCost))
					.prefault({})
					.describe("By class of jobs, instead; what is left out there is 0s"),
			})
			.prefault({})
			.describe("How long deciding takes: perJob + perPod x pods"),
	});
	return z
		.strictObject({
			architecture: componentSchema(registries.architectures, {
				key: "name",
				short: true,
				files: false,
				description: "Who sees what, and who wins",
			}),
			schedulers: z.array(scheduler).min(1).superRefine(refuseRepeatedNames).describe("Who decides"),
			queue: queueSchema.prefault({}),
		})
		.describe("Who places pods, and how");
}

const queueSchema = z
	.strictObject({
		discipline: z
			.enum(QUEUE_DISCIPLINES)
			.default("skip")
			.describe(
				"skip: a pod that does not fit lets the next one try; strict: everyone behind it waits; kubernetes: the queue of kube-scheduler, with its own backoff, scheduling gates and queueing hints",
			),
		backoff: z
			.strictObject({
				initial: durationSchema.prefault("0s").describe("Wait before the second attempt; doubles from there"),
				max: durationSchema.prefault("0s").describe("Longest wait"),
			})
			.prefault({})
			.describe("Wait of a pod between attempts"),
		retry: z
			.strictObject({
				place: z
					.enum(RETRY_PLACES)
					.default("own")
					.describe("own: the job keeps its place; tail: it goes behind all others"),
				afterConflict: durationSchema.prefault("0s").describe("Wait after a conflict; 0s tries again at once"),
				afterNoRoom: positiveDuration
					.describe("Wait after an attempt that lacked room; without it, until a node changes that may help")
					.optional(),
			})
			.prefault({})
			.describe("When and where a job comes back after an attempt that did not place all of it"),
		giveUp: z
			.strictObject({
				attempts: z.int().min(1).describe("After so many attempts").optional(),
				vainAttempts: z.int().min(1).describe("After so many attempts, if no pod was ever placed").optional(),
			})
			.prefault({})
			.describe("When a job is given up: its pending pods end, the others run on"),
	})
	.describe("The waiting room");

function nodeSchema<Distribution, Machine>(registries: ExperimentRegistries<unknown, Distribution, unknown, Machine>) {
	return z
		.strictObject({
			startDelay: registries.distribution
				.prefault("0s" as never)
				.describe("From the binding of a pod until it runs: a duration, or a distribution of durations"),
			onLoss: z
				.enum(["resubmit", "fail"])
				.default("resubmit")
				.describe("What becomes of the pods of a node that fails or is removed"),
			machine: registries.machine.optional(),
			verticalAutoscaler: componentSchema(registries.recommenders, {
				key: "name",
				short: true,
				files: false,
				description: "Who changes requests and limits of what runs, by what it uses; nobody if absent",
			}).optional(),
			overcommit: componentSchema(registries.overcommitPolicies, {
				key: "policy",
				short: true,
				files: false,
				description: "What pods count for when they are placed, and how much of a node is offered; requests if absent",
			}).optional(),
			load: loadSchema.optional(),
		})
		.describe("What happens on machines");
}

function faultsSchema<NodeTemplate>(nodeGroup: NodeGroupSchema<NodeTemplate>) {
	const at = durationSchema.describe("When, from the start of the run");
	const nodes = z
		.strictObject({
			at,
			action: z.enum(["fail", "recover", "remove"]).describe("What happens to the nodes"),
			nodes: z.array(z.string()).min(1).describe("Node names").optional(),
			select: z.strictObject({ matchLabels }).describe("Nodes with these labels").optional(),
		})
		.superRefine((fault, context) => {
			if ((fault.nodes === undefined) !== (fault.select === undefined)) return;
			context.addIssue({ code: "custom", message: "needs either 'nodes' or 'select'", params: { at: "key" } });
		});
	const pods = z.strictObject({
		at,
		action: z.literal("delete").describe("Deletes pods"),
		pods: z.strictObject({ matchLabels }).describe("Pods with these labels"),
	});
	const add = z.strictObject({ at, action: z.literal("add").describe("Adds nodes"), nodeGroup });
	return z
		.array(z.discriminatedUnion("action", [nodes, pods, add]))
		.describe("What goes wrong, or right, at given instants");
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
			sampleEvery: positiveDuration.prefault("1h").describe("Time between the samples of tables that are sampled"),
		})
		.describe("What a run writes");
}

/** Refuses a name that appears twice in a list of maps: names identify things in metrics and in random streams. */
function refuseRepeatedNames(items: readonly unknown[], context: z.RefinementCtx): void {
	const names = items.map((item) => (item as { readonly name?: unknown } | undefined)?.name);
	names.forEach((name, i) => {
		if (name === undefined || names.indexOf(name) === i) return;
		context.addIssue({ code: "custom", path: [i, "name"], message: `the name '${String(name)}' is used twice` });
	});
}

function refuseRepeated(what: string) {
	return (items: readonly unknown[], context: z.RefinementCtx): void => {
		items.forEach((item, i) => {
			if (items.indexOf(item) === i) return;
			context.addIssue({ code: "custom", path: [i], message: `${what} ${String(item)} is listed twice` });
		});
	};
}
