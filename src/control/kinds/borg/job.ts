/**
 * Borg's jobs: so many tasks that all run one binary, with a priority, requests, limits and constraints. Source: Borg paper (Verma et al.,
 * EuroSys 2015), section 2.3 (jobs and tasks, updates), 2.5 (priority), 4 (limits on tasks that are down at once).
 *
 * Divergence from Borg: jobs are written in YAML, not in BCL; properties that single tasks override, allocs and ports are not there. The paper
 * publishes no number for any limit: that one task at a time is replaced, and that one may be down in maintenance, is ours.
 */
import { z } from "zod";
import { canonicalJson } from "../../../objects/canonical-json.js";
import { durationFromText, durationText } from "../../../objects/duration.js";
import {
	BATCH_PRIORITY,
	MONITORING_PRIORITY,
	PRIORITY_BANDS,
	PRODUCTION_PRIORITY,
	type PriorityBand,
} from "../../../objects/priority-band.js";
import type { ApiObject } from "../../api-object.js";
import { checkPodAnnotations } from "../../pod-annotations.js";
import { defineKind } from "../kind.js";
import { quantitiesSchema } from "../quantities.js";

/** The lowest priority of each band. */
const PRIORITY_OF: Readonly<Record<PriorityBand, number>> = {
	monitoring: MONITORING_PRIORITY,
	production: PRODUCTION_PRIORITY,
	batch: BATCH_PRIORITY,
	"best-effort": 0,
};

const count = (least: number) =>
	z.int({ error: "expected a whole number" }).min(least, { error: `must be greater than or equal to ${least}` });
/** A word, not null: that takes a field away where objects are merged. */
export const NO_LIMIT = "unlimited";
const NUMBER_OR_WORD = { error: `expected a whole number or '${NO_LIMIT}'` };
const countOrNoLimit = z.union([
	z.int(NUMBER_OR_WORD).min(0, { error: "must be greater than or equal to 0" }),
	z.literal(NO_LIMIT, NUMBER_OR_WORD),
]);
const duration = durationText.superRefine((text, context) => void durationFromText(text, context));

const constraint = z.strictObject({
	/** A label of machines. */
	label: z.string().min(1),
	operator: z.enum(["==", "!="]).default("=="),
	value: z.string(),
	/** It is preferred, not demanded. */
	soft: z.boolean().default(false),
});

const jobSchema = z.strictObject({
	/** Tasks: numbers 0 to one less. */
	replicas: count(0).default(1),
	/** The binary, with the packages that it needs. */
	image: z.string().min(1),
	/** A number, or a band for the lowest of it. */
	priority: z
		.union([z.enum(PRIORITY_BANDS), count(0)], {
			error: `expected a whole number or one of ${PRIORITY_BANDS.join(", ")}`,
		})
		.default("production"),
	requests: quantitiesSchema.prefault({}),
	limits: quantitiesSchema.prefault({}),
	constraints: z.array(constraint).prefault([]),
	/** Time between the notice (SIGTERM) and SIGKILL. */
	notice: duration.prefault("30s"),
	/** How its tasks behave, as annotations of pods do (`cellsim.io/ready-after`). */
	behaviour: z
		.record(z.string(), z.string())
		.superRefine((texts, context) => checkPodAnnotations(texts, context, []))
		.prefault({}),
	update: z
		.strictObject({
			/** Tasks that it has down at a time. */
			atOnce: count(1).default(1),
			/** How long a new task must have been ready before the next one is stopped. */
			delay: duration.prefault("0s"),
			/** Tasks that it may stop in all; changes that would stop more are skipped. */
			maxDisruptions: countOrNoLimit.default(NO_LIMIT),
		})
		.prefault({}),
	/**
	 * What becomes of a configuration that is pushed: it waits (`pushed`), tasks are brought to it (`open`) until it is taken back
	 * (`undone`) or is for good (`closed`: from when every task was dealt with).
	 */
	transaction: z.enum(["pushed", "open", "undone", "closed"]).default("closed"),
	/** Tasks that maintenance may have down at a time. */
	maxDown: countOrNoLimit.default(1),
});

export type BorgJobSpec = z.output<typeof jobSchema>;

/** What an update brings tasks to. */
export type BorgConfiguration = Omit<BorgJobSpec, "update" | "transaction" | "maxDown">;

export interface BorgJobStatus {
	/** Tasks that are there, serve, and run what they shall. */
	readonly tasks: number;
	readonly running: number;
	readonly updated: number;
	/** Of the present update: tasks that it has stopped, and those that it left as they were. */
	readonly disrupted: number;
	readonly skipped: number;
	readonly update: "none" | "updating" | "completed";
	/** What tasks are brought to. */
	readonly target: BorgConfiguration | null;
	/** What an undo goes back to; null before the first look at the job. */
	readonly committed: BorgConfiguration | null;
}

export type BorgJob = ApiObject<BorgJobSpec, BorgJobStatus>;

export const borgJobKind = defineKind<BorgJobSpec, BorgJobStatus>({
	kind: "BorgJob",
	summary: "So many tasks of one binary with a priority, updated in place where that is possible.",
	apiVersion: "borg/v1",
	names: ["borgjob", "borgjobs", "job", "jobs"],
	namespaced: true,
	spec: jobSchema,
	replicas: ({ replicas }, { tasks, updated, running }) => ({
		declared: replicas,
		current: tasks,
		updated,
		ready: running,
		available: running,
	}),
	status: {
		tasks: 0,
		running: 0,
		updated: 0,
		disrupted: 0,
		skipped: 0,
		update: "none",
		target: null,
		committed: null,
	},
});

/** Of one spec always the same object. */
export function configurationOf(spec: BorgJobSpec): BorgConfiguration {
	let configuration = configurations.get(spec);
	if (configuration === undefined) {
		const { update: _, transaction: __, maxDown: ___, ...rest } = spec;
		configuration = rest;
		configurations.set(spec, configuration);
	}
	return configuration;
}

const configurations = new WeakMap<BorgJobSpec, BorgConfiguration>();

export function priorityOf({ priority }: Pick<BorgConfiguration, "priority">): number {
	return typeof priority === "number" ? priority : PRIORITY_OF[priority];
}

/** What one task is made from, as text: tasks of equal texts are alike. */
export function taskTextOf(configuration: BorgConfiguration): string {
	let text = texts.get(configuration);
	if (text === undefined) {
		const { replicas: _, ...task } = configuration;
		text = canonicalJson(task);
		texts.set(configuration, text);
	}
	return text;
}

const texts = new WeakMap<BorgConfiguration, string>();
