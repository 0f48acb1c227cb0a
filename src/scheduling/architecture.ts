/** Who sees what, and who wins: the contract of a scheduling architecture (Omega paper, section 3). */
import type { Cell } from "../cell/cell.js";
import type { Job } from "../cell/job.js";
import type { Snapshot } from "../cell/snapshot.js";
import type { CommitResult, Placement } from "../cell/transaction.js";
import type { AnyDefinition, Definition } from "../objects/definition.js";

export interface ArchitectureContext {
	readonly cell: Cell;
	/** Scheduler processes, replicas counted one by one. */
	readonly schedulers: number;
}

/** Any scheduler runs under any architecture: the process calls these three, and nothing else differs. */
export interface Architecture {
	/** Index of the scheduler process that a job belongs to, for the whole of its life. */
	route(job: Job): number;
	/** What the process sees when a decision begins. The snapshot is its own until `commit`. */
	begin(scheduler: number): Snapshot;
	/** Settles what was decided on the snapshot, when the decision time has passed. */
	commit(job: Job, placements: readonly Placement[]): CommitResult;
}

export interface ArchitectureDefinition<Parameters> extends Definition<Parameters, Architecture, ArchitectureContext> {
	/** Why it cannot be had with that many scheduler processes, or null; asked before anything runs. */
	readonly refuses?: (params: Parameters, schedulers: number) => string | null;
}

/** An architecture whose parameter type nobody needs to know. */
export interface AnyArchitectureDefinition extends AnyDefinition<Architecture, ArchitectureContext> {
	readonly refuses?: (params: never, schedulers: number) => string | null;
}

export function defineArchitecture<Parameters>(
	definition: ArchitectureDefinition<Parameters>,
): ArchitectureDefinition<Parameters> {
	return definition;
}
