/**
 * Marathon's apps: long-running services of equal instances. `metadata.name` is the id; the spec is the apps JSON without it. Annotations of
 * cellsim (`cellsim.io/...`) say how instances behave.
 *
 * Source: Marathon's REST API (apps JSON), state/AppDefinition.scala and state/UpgradeStrategy.scala.
 *
 * Divergence from Marathon: ports, networks, users and fetched files are taken as they are and change nothing but the version.
 */
import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import { type AttributeConstraint, CONSTRAINT_OPERATORS } from "../../../objects/attribute-constraints.js";
import type { ApiObject, Texts } from "../../api-object.js";
import { defineKind } from "../kind.js";
import { idSchema } from "./path-id.js";

const count = z.int({ error: "expected a whole number" }).min(0, { error: "must be greater than or equal to 0" });
const seconds = z.number().min(0, { error: "must be greater than or equal to 0" });
const amount = z.number().min(0, { error: "must be greater than or equal to 0" });
const capacity = z
	.number()
	.refine((value) => value >= 0 && value <= 1, { error: "got a number, but it must be between 0.0 and 1.0" });

const constraintSchema = z
	.array(z.string())
	.superRefine(([field = "", operator = "", value = "", ...more], context) => {
		const problem =
			field === "" ? "a constraint begins with a field" : problemOf(operator.toUpperCase(), value, more.length);
		if (problem !== null) context.addIssue({ code: "custom", message: problem });
	});

function problemOf(operator: string, value: string, more: number): string | null {
	if (!CONSTRAINT_OPERATORS.includes(operator as never))
		return `Constraint operator must be one of the following ${CONSTRAINT_OPERATORS.join(", ")}, got '${operator}'`;
	if (more > 0) return "a constraint is a field, an operator and at most one value";
	switch (operator) {
		case "UNIQUE":
			return value === "" ? null : "UNIQUE takes no value";
		case "GROUP_BY":
			return value === "" || /^\d+$/.test(value) ? null : `GROUP_BY takes a whole number, got '${value}'`;
		case "MAX_PER":
			return /^\d+$/.test(value) ? null : `MAX_PER needs a whole number, got '${value}'`;
		case "IS":
			return value === "" ? "IS needs a value" : null;
		case "LIKE":
		case "UNLIKE":
			return value !== "" && isPattern(value) ? null : `${operator} needs a regular expression, got '${value}'`;
		default:
			return null;
	}
}

function isPattern(text: string): boolean {
	try {
		return RegExp(text) !== null;
	} catch {
		return false;
	}
}

const healthCheckSchema = z.strictObject({
	protocol: orAbsent(z.enum(["HTTP", "HTTPS", "TCP", "COMMAND", "MESOS_HTTP", "MESOS_HTTPS", "MESOS_TCP"]), "HTTP"),
	gracePeriodSeconds: orAbsent(seconds, 300),
	intervalSeconds: orAbsent(z.number().positive(), 60),
	timeoutSeconds: orAbsent(seconds, 20),
	maxConsecutiveFailures: orAbsent(count, 3),
	delaySeconds: orAbsent(seconds, 15),
	path: z.string().nullish(),
	port: count.nullish(),
	portIndex: count.nullish(),
	ignoreHttp1xx: z.boolean().nullish(),
	command: z.record(z.string(), z.unknown()).nullish(),
});

const readinessCheckSchema = z.strictObject({
	name: orAbsent(z.string(), "readinessCheck"),
	protocol: orAbsent(z.enum(["HTTP", "HTTPS"]), "HTTP"),
	path: orAbsent(z.string(), "/"),
	portName: orAbsent(z.string(), "http-api"),
	intervalSeconds: orAbsent(z.number().positive(), 30),
	timeoutSeconds: orAbsent(seconds, 10),
	httpStatusCodesForReady: orAbsent(z.array(count), [200]),
	preserveLastResponse: orAbsent(z.boolean(), false),
});

const unreachableSchema = z.union([
	z.literal("disabled"),
	z
		.strictObject({ inactiveAfterSeconds: seconds, expungeAfterSeconds: seconds })
		.refine(({ inactiveAfterSeconds, expungeAfterSeconds }) => inactiveAfterSeconds <= expungeAfterSeconds, {
			path: ["inactiveAfterSeconds"],
			error:
				"unreachable instances cannot be replaced later than they are expunged: inactiveAfterSeconds must be at most expungeAfterSeconds",
		}),
]);

const upgradeStrategySchema = z.strictObject({
	minimumHealthCapacity: orAbsent(capacity, 1),
	maximumOverCapacity: orAbsent(capacity, 1),
});

const anything = z.unknown().optional();

export const appShape = {
	instances: orAbsent(count, 1),
	cpus: orAbsent(amount, 1),
	mem: orAbsent(amount, 128),
	disk: orAbsent(amount, 0),
	cmd: orAbsent(z.string(), null),
	args: orAbsent(z.array(z.string()), null),
	/** Without one it is a process in its sandbox. */
	container: orAbsent(z.looseObject({ docker: z.looseObject({ image: z.string().min(1) }).nullish() }), null),
	env: orAbsent(z.record(z.string(), z.unknown()), {}),
	labels: orAbsent(z.record(z.string(), z.string()), {}),
	constraints: orAbsent(z.array(constraintSchema), []),
	dependencies: orAbsent(z.array(idSchema), []),
	upgradeStrategy: orAbsent(upgradeStrategySchema, null),
	backoffSeconds: orAbsent(seconds, 1),
	backoffFactor: orAbsent(z.number().min(1, { error: "must be greater than or equal to 1" }), 1.15),
	maxLaunchDelaySeconds: orAbsent(seconds, 3600),
	healthChecks: orAbsent(z.array(healthCheckSchema), []),
	readinessChecks: orAbsent(
		z.array(readinessCheckSchema).max(1, { error: "At most one readiness check is supported by Marathon" }),
		[],
	),
	killSelection: orAbsent(z.enum(["YOUNGEST_FIRST", "OLDEST_FIRST"]), "YOUNGEST_FIRST"),
	unreachableStrategy: orAbsent(unreachableSchema, null),
	residency: orAbsent(
		z.strictObject({
			relaunchEscalationTimeoutSeconds: orAbsent(seconds, 3600),
			taskLostBehavior: orAbsent(z.enum(["WAIT_FOREVER", "RELAUNCH_AFTER_TIMEOUT"]), "WAIT_FOREVER"),
		}),
		null,
	),
	taskKillGracePeriodSeconds: orAbsent(seconds, null),
	/** Taken as they are. */
	user: anything,
	uris: anything,
	fetch: anything,
	ports: anything,
	portDefinitions: anything,
	requirePorts: anything,
	ipAddress: anything,
	networks: anything,
	storeUrls: anything,
	acceptedResourceRoles: anything,
	secrets: anything,
};

const specSchema = z.strictObject(appShape).superRefine(({ cmd, args, container }, context) => {
	if (cmd !== null && args !== null)
		context.addIssue({
			code: "custom",
			path: ["args"],
			message: "AppDefinition must either contain a 'cmd' or 'args', not both",
		});
	if (cmd === null && args === null && !container?.docker)
		context.addIssue({
			code: "custom",
			message: "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'",
		});
});

export type AppSpec = z.output<typeof specSchema>;

export interface AppStatus {
	/** Of its configuration, from 1: grows with each change but that of `instances`. */
	readonly version: number;
	/** Instances launched and not over; of these of the present version; running; not unhealthy. */
	readonly tasks: number;
	readonly tasksUpdated: number;
	readonly tasksRunning: number;
	readonly tasksHealthy: number;
}

export type App = ApiObject<AppSpec, AppStatus>;
export type HealthCheck = AppSpec["healthChecks"][number];

export const appKind = defineKind<AppSpec, AppStatus>({
	kind: "App",
	summary: "So many instances that are alike, brought from one version to the next by a deployment.",
	apiVersion: "marathon/v2",
	names: ["app", "apps"],
	namespaced: true,
	spec: specSchema,
	replicas: ({ instances }, { tasks, tasksUpdated, tasksRunning, tasksHealthy }) => ({
		declared: instances,
		current: tasks,
		updated: tasksUpdated,
		ready: tasksRunning,
		available: tasksHealthy,
	}),
	status: { version: 0, tasks: 0, tasksUpdated: 0, tasksRunning: 0, tasksHealthy: 0 },
});

/** The annotation of a write that stands for `?force=true`. */
export const FORCE = "cellsim.io/force";

/** What annotations say of how instances behave. */
export function behaviourOf(annotations: Texts): Texts {
	const own = Object.entries(annotations).filter(([key]) => key.startsWith("cellsim.io/") && key !== FORCE);
	return Object.fromEntries(own);
}

/** As schedulers read them. */
export function constraintsOf({ constraints }: AppSpec): readonly AttributeConstraint[] {
	return constraints.map(([field = "", operator = "", value = ""]) => ({
		field,
		operator: operator.toUpperCase() as AttributeConstraint["operator"],
		value,
	}));
}
