/** Who sees what, and who wins: the contract of a scheduling architecture (Omega paper, section 3). */
import type { Cell } from "../cell/cell.js";
import type { Engine } from "../engine/engine.js";
import type { RandomSource } from "../engine/random.js";
import type { AnyDefinition, Definition } from "../objects/definition.js";
import type { ResourceIndex } from "../objects/resources.js";
import type { Router } from "./router.js";
import type { ProcessOptions, SchedulerProcess } from "./scheduler-process.js";

/** Phases of the scheduling events within one instant; see the table in `src/README.md`. */
export interface SchedulingPhases {
	/** Jobs come back to their waiting room. */
	readonly retry: number;
	/** Decisions are committed, offers answered. */
	readonly commit: number;
	/** Schedulers look at their waiting room. */
	readonly wake: number;
}

/** What an architecture is made of. */
export interface ArchitectureContext {
	readonly engine: Engine;
	readonly cell: Cell;
	readonly phases: SchedulingPhases;
	/** One entry per scheduler process, replicas counted one by one. */
	readonly processes: readonly ProcessOptions[];
	/** Which process a job belongs to. */
	readonly router: Router;
	readonly random: RandomSource;
}

/**
 * Scheduler processes at work on a cell. It is made once a run, before the first event, and drives its processes by itself: it
 * watches the cell's feed and schedules its own events. Any scheduler runs under any architecture. Most architectures are
 * a `decisionLoop` with their own idea of sharing.
 */
export interface Architecture {
	readonly processes: readonly SchedulerProcess[];
	/** How much of a resource is free but locked at present, canonical units; absent where nothing is ever locked. */
	locked?(resource: ResourceIndex): number;
}

export interface ArchitectureDefinition<Parameters> extends Definition<Parameters, Architecture, ArchitectureContext> {
	/** Why it cannot be had with these scheduler processes, or null; asked before anything runs. */
	readonly refuses?: (params: Parameters, processes: readonly NamedProcess[]) => string | null;
}

/** What is known of a scheduler process before anything is made. */
export interface NamedProcess {
	readonly name: string;
	/** The entry of the experiment file that it comes from. */
	readonly entry: string;
}

/** An architecture whose parameter type nobody needs to know. */
export interface AnyArchitectureDefinition extends AnyDefinition<Architecture, ArchitectureContext> {
	readonly refuses?: (params: never, processes: readonly NamedProcess[]) => string | null;
}

/** An architecture that experiment files can name. */
export function defineArchitecture<Parameters>(
	definition: ArchitectureDefinition<Parameters>,
): ArchitectureDefinition<Parameters> {
	return definition;
}
