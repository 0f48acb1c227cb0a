/** What the versions of swarm mode differ in. Source: SwarmKit at v1.12.0 and the branches bump_v1.13.0, 17.05, 19.03, 20.10. */
import { SECOND, type SimTime } from "../../../engine/time.js";

export const SWARM_VERSIONS = ["1.12", "1.13", "17.05", "19.03", "20.10"] as const;
export type SwarmVersion = (typeof SWARM_VERSIONS)[number];

export interface SwarmRules {
	/**
	 * How long after its start a task that fails counts against the update that made it; null: whenever it ends, as long as the update
	 * has slots to hand out (1.12).
	 */
	readonly monitorUs: SimTime | null;
	/** Whether an update can be taken back, and whether new tasks can be started before old ones stop. */
	readonly rollsBack: boolean;
	readonly startsFirst: boolean;
	/** By what the scheduler spreads tasks. */
	readonly spread: "tasks" | "service";
	/** Whether services can prefer to be spread over labels, and can say how many of their tasks a node may have (17.04, 19.03). */
	readonly preferences: boolean;
	readonly maxReplicas: boolean;
	/** Whether services can be jobs (20.10). */
	readonly jobs: boolean;
	/** Whether tasks whose node no longer meets their constraints are shut down, and those of a node that is down for long are given up. */
	readonly enforcesConstraints: boolean;
	readonly orphans: boolean;
	/** Whether a task gets no new requests from when it is to shut down; else until it has stopped. */
	readonly outBeforeStop: boolean;
	/** The quiet gap for which lists of tasks to an agent wait. */
	readonly assignmentsUs: SimTime;
	/** Periods of heartbeats after which a node is down that a new leader has not heard of. */
	readonly unheardPeriods: number;
	/** Seconds without a leader's heartbeat, at least, after which a manager wants to lead. */
	readonly electionTicks: number;
}

export const SWARM_RULES: Readonly<Record<SwarmVersion, SwarmRules>> = {
	"1.12": {
		monitorUs: null,
		rollsBack: false,
		startsFirst: false,
		spread: "tasks",
		preferences: false,
		maxReplicas: false,
		jobs: false,
		enforcesConstraints: false,
		orphans: false,
		outBeforeStop: false,
		assignmentsUs: 50_000,
		unheardPeriods: 3,
		electionTicks: 3,
	},
	"1.13": {
		monitorUs: 30 * SECOND,
		rollsBack: true,
		startsFirst: false,
		spread: "service",
		preferences: false,
		maxReplicas: false,
		jobs: false,
		enforcesConstraints: true,
		orphans: true,
		outBeforeStop: false,
		assignmentsUs: 100_000,
		unheardPeriods: 3,
		electionTicks: 3,
	},
	"17.05": {
		monitorUs: 5 * SECOND,
		rollsBack: true,
		startsFirst: true,
		spread: "service",
		preferences: true,
		maxReplicas: false,
		jobs: false,
		enforcesConstraints: true,
		orphans: true,
		outBeforeStop: true,
		assignmentsUs: 100_000,
		unheardPeriods: 3,
		electionTicks: 3,
	},
	"19.03": {
		monitorUs: 5 * SECOND,
		rollsBack: true,
		startsFirst: true,
		spread: "service",
		preferences: true,
		maxReplicas: true,
		jobs: false,
		enforcesConstraints: true,
		orphans: true,
		outBeforeStop: true,
		assignmentsUs: 100_000,
		unheardPeriods: 6,
		electionTicks: 10,
	},
	"20.10": {
		monitorUs: 5 * SECOND,
		rollsBack: true,
		startsFirst: true,
		spread: "service",
		preferences: true,
		maxReplicas: true,
		jobs: true,
		enforcesConstraints: true,
		orphans: true,
		outBeforeStop: true,
		assignmentsUs: 100_000,
		unheardPeriods: 6,
		electionTicks: 10,
	},
};
