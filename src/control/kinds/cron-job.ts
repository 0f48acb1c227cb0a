/** CronJobs: Jobs made at certain times. */
import { z } from "zod";
import { DAY, type SimTime } from "../../engine/time.js";
import { orAbsent } from "../../objects/absent.js";
import { labelsSchema } from "../../objects/selector-schemas.js";
import type { ApiObject, OwnerReference, Texts } from "../api-object.js";
import { CronError, parseCron } from "./cron-schedule.js";
import { type JobSpec, jobSpecSchema } from "./job.js";
import { defineKind } from "./kind.js";
import { count } from "./replica-set.js";
import { isTimeZone } from "./time-zones.js";

export interface CronJobSpec {
	/** `0 3 * * *`, `@hourly`, `@every 90s`. */
	readonly schedule: string;
	/** Null for UTC. */
	readonly timeZone: string | null;
	/** Later than that a Job is not started any more; null for no limit. */
	readonly startingDeadlineSeconds: number | null;
	readonly concurrencyPolicy: "Allow" | "Forbid" | "Replace";
	readonly suspend: boolean;
	readonly successfulJobsHistoryLimit: number;
	readonly failedJobsHistoryLimit: number;
	readonly jobTemplate: {
		readonly metadata: { readonly labels: Texts; readonly annotations: Texts };
		readonly spec: JobSpec;
	};
}

export interface CronJobStatus {
	/** Jobs of it that run, as it knows. */
	readonly active: readonly Pick<OwnerReference, "name" | "uid">[];
	/** The time, of its schedule, of the last Job; null before the first. */
	readonly lastScheduleUs: SimTime | null;
	/** When the last successful Job ended. */
	readonly lastSuccessUs: SimTime | null;
}

export type CronJob = ApiObject<CronJobSpec, CronJobStatus>;

const scheduleSchema = z.string({ error: "expected a schedule such as 0 3 * * *" }).superRefine((text, context) => {
	try {
		if (parseCron(text).next(0) === null && parseCron(text).next(LEAP_CENTURY_US) === null)
			context.addIssue({ code: "custom", message: "never fires: no year has such a date" });
	} catch (error) {
		if (!(error instanceof CronError)) throw error;
		context.addIssue({ code: "custom", message: error.message });
	}
});

/** 1 January 2000: a second look from a leap year. */
const LEAP_CENTURY_US = 10_957 * DAY;

const timeZoneSchema = z.string().superRefine((zone, context) => {
	if (!isTimeZone(zone)) context.addIssue({ code: "custom", message: `unknown time zone ${zone}` });
});

export const cronJobKind = defineKind<CronJobSpec, CronJobStatus>({
	kind: "CronJob",
	summary: "Makes a Job at the times of a cron schedule.",
	apiVersion: "batch/v1",
	names: ["cronjob", "cronjobs", "cj"],
	namespaced: true,
	spec: z.strictObject({
		schedule: scheduleSchema,
		timeZone: orAbsent(timeZoneSchema, null),
		startingDeadlineSeconds: orAbsent(count, null),
		concurrencyPolicy: orAbsent(z.enum(["Allow", "Forbid", "Replace"]), "Allow"),
		suspend: orAbsent(z.boolean(), false),
		successfulJobsHistoryLimit: orAbsent(count, 3),
		failedJobsHistoryLimit: orAbsent(count, 1),
		jobTemplate: z.strictObject({
			metadata: orAbsent(z.object({ labels: orAbsent(labelsSchema, {}), annotations: orAbsent(labelsSchema, {}) }), {
				labels: {},
				annotations: {},
			}),
			spec: jobSpecSchema,
		}),
	}),
	status: { active: [], lastScheduleUs: null, lastSuccessUs: null },
});
