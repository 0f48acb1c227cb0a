import { z } from "zod";
import { durationSchema, formatDuration } from "../../objects/duration.js";
import { swarmDispatcher } from "../controllers/swarm/dispatcher.js";
import { swarmJobs } from "../controllers/swarm/jobs.js";
import { availabilityPatch } from "../controllers/swarm/nodes.js";
import { swarmOrchestrator } from "../controllers/swarm/orchestrator.js";
import { taskBackends } from "../controllers/swarm/task-backends.js";
import { SWARM_RULES, SWARM_VERSIONS } from "../controllers/swarm/version.js";
import { Heartbeats } from "../heartbeats.js";
import { swarmKinds } from "../kinds/swarm/index.js";
import { MANAGER } from "../plane-components.js";
import { UNLIMITED } from "../token-bucket.js";
import { defineOrchestrator, servicesOfKind, versionSchema } from "./orchestrator.js";
import { serviceOf } from "./swarm-application.js";

/** Managers write what agents report in batches. */
const STATUS_BATCH_US = 100_000;
/** The quiet gap after which the scheduler looks at what has changed. */
const SCHEDULER_DEBOUNCE_US = 50_000;
/** A proposal of raft takes up to so many changes. */
const BATCH = 200;

/** As users write it. */
interface WrittenService {
	readonly deploy?: {
		readonly mode?: string;
		readonly update_config?: Readonly<Record<string, unknown>>;
		readonly placement?: { readonly preferences?: unknown; readonly max_replicas_per_node?: unknown };
	};
}

/**
 * Docker's swarm mode: managers with a replicated store of their own, in one process with the orchestrator, the scheduler and the
 * dispatcher, which hear of a commit at once.
 *
 * Divergence from SwarmKit: nodes with many failures of a service are not put last. A task that is made ready ahead (desired state READY) has
 * its whole start behind it, where an agent creates its container then, and starts it when it is wanted RUNNING. Agents of 1.12 do not ask
 * the registry for the image of each task, as `Prepare` of Docker 1.12.6 does (daemon/cluster/executor/container/controller.go).
 */
export const swarm = defineOrchestrator({
	name: "swarm",
	summary: "Docker's swarm mode: services and tasks, spread over nodes, told what to do step by step.",
	params: z.strictObject({
		version: versionSchema("swarm", SWARM_VERSIONS),
		commitLatency: durationSchema.prefault("5ms").describe("From a write until a quorum of managers has it"),
		decisionTime: durationSchema.prefault("50us").describe("What the scheduler takes for one task"),
		managers: z
			.int()
			.min(1)
			.default(1)
			.describe("Replicas of all that is not an agent: one leads, and more than half must be alive"),
		scaling: z
			.enum(["in-turn", "latest"])
			.default("in-turn")
			.describe("in-turn: a scale command is worked off before the next; latest: the last one counts"),
	}),
	kinds: swarmKinds,
	defaults: ({ version, decisionTime }) => ({
		scheduling: {
			architecture: "monolithic",
			schedulers: [
				{
					scheduler: { name: "swarm", spread: SWARM_RULES[version].spread },
					decisionTime: { perPod: formatDuration(decisionTime) },
				},
			],
			queue: { order: "fifo" },
		},
		node: { startDelay: formatDuration(SWARM_RULES[version].assignmentsUs), termination: { takes: "0s" } },
	}),
	block: "swarm",
	parts: [MANAGER],
	declare: (application, { version }) => [serviceOf(application, SWARM_RULES[version])],
	services: servicesOfKind("Service"),
	refuses: ({ kind, spec = {} }, { version }) => {
		if (kind !== "Service") return [];
		const { rollsBack, startsFirst, monitorUs, preferences, maxReplicas, jobs } = SWARM_RULES[version];
		const { mode, update_config: written = {}, placement = {} } = (spec as WrittenService).deploy ?? {};
		const since = (key: string, first: string) => ({
			path: ["spec", "deploy", "update_config", key],
			message: `${key}: ${String(written[key])} is supported from ${first} on: this is ${version}`,
		});
		const deployed = (path: readonly string[], what: string, first: string) => ({
			path: ["spec", "deploy", ...path],
			message: `${what} is supported from ${first} on: this is ${version}`,
		});
		const placed = (key: string, first: string) => deployed(["placement", key], key, first);
		const isJob = mode === "replicated-job" || mode === "global-job";
		return [
			...(isJob && !jobs ? [deployed(["mode"], `mode: ${mode}`, "20.10")] : []),
			...(placement.preferences !== undefined && !preferences ? [placed("preferences", "17.04")] : []),
			...(placement.max_replicas_per_node !== undefined && !maxReplicas
				? [placed("max_replicas_per_node", "19.03")]
				: []),
			...(written["order"] === "start-first" && !startsFirst ? [since("order", "17.05")] : []),
			...(written["failure_action"] === "rollback" && !rollsBack ? [since("failure_action", "1.13")] : []),
			...(written["monitor"] !== undefined && monitorUs === null ? [since("monitor", "1.13")] : []),
			...(written["max_failure_ratio"] !== undefined && monitorUs === null ? [since("max_failure_ratio", "1.13")] : []),
		];
	},
	create: ({ version, commitLatency, managers, scaling }, { random }) => {
		const heartbeats = new Heartbeats();
		const rules = SWARM_RULES[version];
		return {
			controllers: [
				swarmDispatcher({ heartbeats, random: random.stream("control/heartbeats"), rules }),
				swarmOrchestrator({ rules, inTurn: scaling === "in-turn" }),
				swarmJobs,
			],
			requestUs: commitLatency,
			serviceUs: Math.ceil(commitLatency / BATCH),
			watchUs: 0,
			agents: {
				hearUs: SCHEDULER_DEBOUNCE_US,
				sentUs: (nowUs) => Math.ceil(nowUs / STATUS_BATCH_US) * STATUS_BATCH_US,
			},
			client: UNLIMITED,
			replicas: { raft: { managers, electionTicks: rules.electionTicks } },
			heartbeats,
			taintsNew: false,
			backends: taskBackends(rules),
			availability: availabilityPatch,
		};
	},
});
