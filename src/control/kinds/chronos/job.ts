/**
 * Chronos' jobs: commands that run at certain times, or after others. `metadata.name` is the name; the spec is the job's JSON without it.
 * Annotations of cellsim (`cellsim.io/run-time`, `cellsim.io/exit`) say how a run goes.
 *
 * Source: Chronos 2.4 and 3.0, scheduler/jobs/Jobs.scala and utils/JobDeserializer.scala.
 */
import { z } from "zod";
import type { SimTime } from "../../../engine/time.js";
import { orAbsent } from "../../../objects/absent.js";
import type { ApiObject } from "../../api-object.js";
import { defineKind } from "../kind.js";
import { parseSchedule, type Schedule, ScheduleError } from "./schedule.js";

const count = z.int({ error: "expected a whole number" }).min(0, { error: "must be greater than or equal to 0" });
const amount = z.number().min(0, { error: "must be greater than or equal to 0" });

const scheduleSchema = z.string().superRefine((text, context) => complain(text, context));

function complain(schedule: string, context: z.RefinementCtx): void {
	try {
		parseSchedule(schedule);
	} catch (error) {
		if (!(error instanceof ScheduleError)) throw error;
		context.addIssue({ code: "custom", message: error.message });
	}
}

const zone = z.string().refine((name) => name === "" || name === "UTC" || name === "Etc/UTC", {
	error: "unknown time zone: only UTC is known",
});

const specSchema = z
	.strictObject({
		/** When it runs; null for one that runs after its parents. */
		schedule: orAbsent(scheduleSchema, null),
		scheduleTimeZone: orAbsent(zone, "UTC"),
		parents: orAbsent(z.array(z.string().min(1)), []),
		command: orAbsent(z.string(), ""),
		shell: orAbsent(z.boolean(), true),
		container: orAbsent(z.looseObject({ image: z.string().min(1) }), null),
		cpus: orAbsent(amount, 0.1),
		mem: orAbsent(amount, 128),
		disk: orAbsent(amount, 256),
		retries: orAbsent(count, 2),
		/** How late a run may begin (2.4). */
		epsilon: orAbsent(z.string(), "PT60S").superRefine((text, context) => complain(intervalOf(text), context)),
		concurrent: orAbsent(z.boolean(), false),
		softError: orAbsent(z.boolean(), false),
		disabled: orAbsent(z.boolean(), false),
		highPriority: orAbsent(z.boolean(), false),
		constraints: orAbsent(z.array(z.tuple([z.string(), z.enum(["EQUALS", "LIKE", "UNLIKE"]), z.string()])), []),
		owner: z.string().nullish(),
		description: z.string().nullish(),
	})
	.superRefine(({ schedule, parents }, context) => {
		if ((schedule === null) === parents.length > 0) return;
		const message =
			schedule === null ? "a job needs a schedule or parents" : "a job has a schedule or parents, not both";
		context.addIssue({ code: "custom", path: schedule === null ? [] : ["parents"], message });
	});

export type ChronosJobSpec = z.output<typeof specSchema>;

/** A schedule with this period. */
function intervalOf(period: string): string {
	return `R/1970-01-01T00:00:00Z/${period}`;
}

/** Of a job's `epsilon`. */
export function epsilonUs({ epsilon }: ChronosJobSpec): SimTime {
	return parseSchedule(intervalOf(epsilon)).period.us;
}

export interface ChronosJobStatus {
	/** Null for a dependent job, and before it was looked at. */
	readonly next: Schedule | null;
	readonly successCount: number;
	readonly errorCount: number;
	readonly errorsSinceLastSuccess: number;
	/** Runs so far, retries not counted. */
	readonly runs: number;
	/** By parent: successes since the last run of this one. */
	readonly invocations: Readonly<Record<string, number>>;
	/** By itself, or since it has no runs left. */
	readonly disabled: boolean;
}

export type ChronosJob = ApiObject<ChronosJobSpec, ChronosJobStatus>;

export const chronosJobKind = defineKind<ChronosJobSpec, ChronosJobStatus>({
	kind: "Job",
	summary: "A command that runs at certain times, or after other jobs.",
	apiVersion: "chronos/v1",
	names: ["job", "jobs"],
	namespaced: true,
	spec: specSchema,
	status: {
		next: null,
		successCount: 0,
		errorCount: 0,
		errorsSinceLastSuccess: 0,
		runs: 0,
		invocations: {},
		disabled: false,
	},
});
