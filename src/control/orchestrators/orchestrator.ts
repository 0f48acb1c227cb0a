/** An orchestrator: controllers and constants under one name, as an experiment file asks for them. */

import type { RandomSource } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { Definition } from "../../objects/definition.js";
import type { MakeController } from "../controller.js";
import type { PodUsage } from "../controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import type { Heartbeats } from "../heartbeats.js";
import type { AnyKind } from "../kinds/kind.js";
import type { RateLimit } from "../token-bucket.js";

export interface Orchestrator {
	readonly controllers: readonly MakeController[];
	/** What can be declared to it. */
	readonly kinds: readonly AnyKind[];
	/** From a request's start to its commit, and from there until those who watch hear of it. */
	readonly requestUs: SimTime;
	readonly watchUs: SimTime;
	/** Of each controller. */
	readonly client: RateLimit;
	/** The leases of nodes, for whoever watches over them; absent if nobody does. */
	readonly heartbeats?: Heartbeats;
}

/** What an orchestrator is made from besides its parameters. */
export interface OrchestratorContext {
	readonly random: RandomSource;
	/** What pods use, for those who go by it. */
	readonly usageOf: PodUsage;
}

export type OrchestratorDefinition<Parameters> = Definition<Parameters, Orchestrator, OrchestratorContext>;

export function defineOrchestrator<Parameters>(
	definition: OrchestratorDefinition<Parameters>,
): OrchestratorDefinition<Parameters> {
	return definition;
}
