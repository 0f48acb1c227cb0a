/**
 * Swarm's services, written as in a compose file that `docker stack deploy` takes: image, deploy, stop_grace_period.
 *
 * Divergence from Docker: a service may change from replicated to global and back; `memory` and `cpus` are written as in the rest of cellsim (`64Mi`, `500m`); networks, ports, secrets and
 * volumes are not there; how a task behaves stands in `labels`, as annotations of pods do (`cellsim.io/ready-after`).
 */
import { z } from "zod";
import { canonicalJson } from "../../../objects/canonical-json.js";
import { durationFromText, durationText } from "../../../objects/duration.js";
import { parseQuantity, quantityText } from "../../../objects/quantity.js";
import type { ApiObject } from "../../api-object.js";
import { checkPodAnnotations } from "../../pod-annotations.js";
import { defineKind } from "../kind.js";
import { constraintsSchema, preferencesSchema } from "./constraints.js";

const duration = (text: string) =>
	durationText.superRefine((value, context) => void durationFromText(value, context)).prefault(text);
const count = (least: number) =>
	z.int({ error: "expected a whole number" }).min(least, { error: `must be greater than or equal to ${least}` });

const quantity = quantityText.superRefine((text, context) => {
	try {
		parseQuantity(text, "milli");
	} catch (error) {
		context.addIssue({ code: "custom", message: (error as Error).message });
	}
});
const amounts = z.strictObject({ cpus: quantity.optional(), memory: quantity.optional() }).prefault({});

const updateSchema = z
	.strictObject({
		/** 0: all at once. */
		parallelism: count(0).default(1),
		delay: duration("0s"),
		failure_action: z.enum(["pause", "continue", "rollback"]).default("pause"),
		/** How long after its start a new task counts for the update, from 1.13 on; by default as long as the version says. */
		monitor: duration("5s").optional(),
		max_failure_ratio: z.number().min(0).max(1).default(0),
		order: z.enum(["stop-first", "start-first"]).default("stop-first"),
	})
	.prefault({});

const deploySchema = z
	.strictObject({
		/** Jobs run to completion, from 20.10 on. */
		mode: z.enum(["replicated", "global", "replicated-job", "global-job"]).default("replicated"),
		/** Of a replicated job: how many of its tasks shall complete. */
		replicas: count(0).optional(),
		/** Of a replicated job: tasks at once; absent: all. `--max-concurrent` of docker service create. */
		max_concurrent: count(0).optional(),
		placement: z
			.strictObject({
				constraints: constraintsSchema.prefault([]),
				preferences: preferencesSchema.prefault([]),
				/** 0: as many as there is room for. */
				max_replicas_per_node: count(0).default(0),
			})
			.prefault({}),
		resources: z.strictObject({ limits: amounts, reservations: amounts }).prefault({}),
		restart_policy: z
			.strictObject({
				condition: z.enum(["none", "on-failure", "any"]).default("any"),
				delay: duration("5s"),
				/** 0: without end. */
				max_attempts: count(0).default(0),
				/** 0: all attempts count, however long ago. */
				window: duration("0s"),
			})
			.prefault({}),
		update_config: updateSchema,
	})
	.superRefine(({ mode, replicas, max_concurrent, placement, update_config }, context) => {
		const refuse = (path: readonly string[], message: string) =>
			context.addIssue({ code: "custom", path: [...path], message });
		const only = (path: readonly string[], modes: string) =>
			refuse(path, `${path.at(-1)} can only be used with ${modes} mode`);
		const replicated = mode === "replicated" || mode === "replicated-job";
		if (replicas !== undefined && !replicated) only(["replicas"], "replicated or replicated-job");
		if (placement.max_replicas_per_node > 0 && !replicated)
			only(["placement", "max_replicas_per_node"], "replicated or replicated-job");
		if (max_concurrent !== undefined && mode !== "replicated-job") only(["max_concurrent"], "replicated-job");
		const updates = canonicalJson(update_config) !== canonicalJson(updateSchema.parse({}));
		if (updates && isJobMode(mode)) refuse(["update_config"], "Jobs may not have an update config");
	});

const serviceSchema = z.strictObject({
	image: z.string().min(1),
	labels: z
		.record(z.string(), z.string())
		.superRefine((labels, context) => checkPodAnnotations(labels, context, []))
		.prefault({}),
	stop_grace_period: duration("10s"),
	deploy: deploySchema.prefault({}),
});

export type SwarmServiceSpec = z.output<typeof serviceSchema>;

export type UpdateState =
	| "none"
	| "updating"
	| "paused"
	| "completed"
	| "rollback_started"
	| "rollback_paused"
	| "rollback_completed";

export interface SwarmServiceStatus {
	/** Tasks that there shall be, are, run, and run what is declared now. */
	readonly desired: number;
	readonly tasks: number;
	readonly running: number;
	readonly updated: number;
	/** Of a job: slots, or nodes, whose task has completed. */
	readonly completed?: number;
	readonly update: UpdateState;
}

export type SwarmService = ApiObject<SwarmServiceSpec, SwarmServiceStatus>;

export const swarmServiceKind = defineKind<SwarmServiceSpec, SwarmServiceStatus>({
	kind: "Service",
	summary: "Tasks of one image, so many or one on every node, as in a compose file of docker stack deploy.",
	apiVersion: "swarm/v1",
	names: ["service", "services"],
	namespaced: true,
	spec: serviceSchema,
	replicas: ({ deploy }, status) => ({
		declared: deploy.mode === "replicated" ? replicasOf(deploy) : status.desired,
		current: status.tasks,
		updated: status.updated,
		ready: status.running,
		available: status.running,
	}),
	checkChange: ({ deploy: before }, { deploy: after }) => {
		const changes = before.mode !== after.mode && (isJobMode(before.mode) || isJobMode(after.mode));
		const message = "service mode change is not allowed";
		return changes ? [{ path: ["deploy", "mode"], at: "value", message }] : [];
	},
	status: { desired: 0, tasks: 0, running: 0, updated: 0, update: "none" },
});

/** Whether its tasks run to completion. */
export function isJob({ deploy }: SwarmServiceSpec): boolean {
	return isJobMode(deploy.mode);
}

function isJobMode(mode: string): boolean {
	return mode === "replicated-job" || mode === "global-job";
}

/** Tasks of a replicated job at once. */
export function maxConcurrentOf(deploy: SwarmServiceSpec["deploy"]): number {
	return deploy.max_concurrent ?? replicasOf(deploy);
}

/** One, where nothing is said. */
export function replicasOf({ replicas = 1 }: SwarmServiceSpec["deploy"]): number {
	return replicas;
}
