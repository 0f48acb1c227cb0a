/** What a placement policy is: the contract between a scheduler and the cycle that runs it. */
import type { Cell } from "../cell/cell.js";
import type { NodeId, PodId } from "../cell/ids.js";
import type { NodeColumns } from "../cell/node-columns.js";
import type { PodView } from "../cell/pod-view.js";
import type { Snapshot } from "../cell/snapshot.js";
import type { Placement } from "../cell/transaction.js";
import type { Random } from "../engine/random.js";
import type { AnyDefinition, Definition } from "../objects/definition.js";
import type { PodClass } from "../objects/pod-class.js";
import type { Rejection } from "./plugin.js";
import type { Room } from "./waiting-room.js";

/** Pods for which no node was found, and why. */
export interface Unplaced {
	readonly pod: PodView;
	/** Nodes that rejected the pod by reason, and how many nodes were looked at; may be left empty while nobody hears of attempts. */
	readonly rejections: ReadonlyMap<string, number>;
	readonly nodes: number;
}

/** A node promised to a pod that is not placed yet. */
export interface Nomination {
	readonly pod: PodId;
	readonly node: NodeId;
}

/** Every pod of the attempt is in `placements` or `unplaced`, and in one of them only. */
export interface Decision {
	readonly placements: readonly Placement[];
	readonly unplaced: readonly Unplaced[];
	/** Pods to stop for these placements; they go back to pending. */
	readonly preemptions?: readonly PodId[];
	/** Promises of nodes, for pods that wait until others have left (`Nominations.promise`); node -1 takes a promise back. */
	readonly nominations?: readonly Nomination[];
	/**
	 * Placements of pods that waited on nodes since earlier decisions (`Room.holds`), of whatever jobs. They and `placements` are
	 * settled together, all or nothing.
	 */
	readonly released?: readonly Placement[];
}

/**
 * How much a scheduler has looked at so far: counts of what a computer has to do that are the same on every computer. What is looked at
 * again to say why a pod has no node does not count.
 */
export interface SchedulingWork {
	/** Times that it was found out whether a pod may go on a node. */
	readonly feasibilityEvaluations: number;
	/** Times that the score of a node for a pod was made, of all terms together. */
	readonly scoreEvaluations: number;
}

/**
 * Chooses nodes for the waiting pods of one job. Called once per attempt, in most architectures when the decision begins; the
 * time it takes passes before its placements are committed. It reads the snapshot, notes each placement with `snapshot.assume`, and
 * changes nothing else: what it remembers between calls may only be derived from snapshots and its own random stream.
 */
export interface Scheduler {
	decide(pods: readonly PodView[], snapshot: Snapshot, random: Random): Decision;
	/**
	 * The names (`spec.schedulerName`) of the pods that it is for; absent for all pods. As in Kubernetes, others are left alone: nobody
	 * tries them, and they stay pending.
	 */
	readonly schedulerNames?: ReadonlySet<string>;
	/** Whether it looks at measured load (`NodeView.load`): somebody must measure then. Absent: no. */
	readonly readsLoad?: boolean;
	/** Its work so far, always up to date; absent if it does not count. */
	readonly work?: SchedulingWork;
	/**
	 * Whether a pod of the class may get the node as it is now, by amounts: a pod that waits is tried again when that is so of a node that
	 * has changed. Absent: if its requests fit what is free there.
	 */
	mayGet?(pod: PodClass, node: NodeId, nodes: NodeColumns): boolean;
	/** What it makes of one node for a pod, for who asks why; absent if it cannot say. No decision comes out otherwise for it. */
	judge?(pod: PodView, node: NodeId, snapshot: Snapshot): Judgement;
	/** Its own queue, for the discipline `kubernetes`; absent if it has none. Asked for once a run. */
	room?(cell: Cell): Room;
}

export interface Judgement {
	/** Why it turns the node down; null if it does not. */
	readonly rejection: Rejection | null;
	/** What each score gives the node, 0 to 100, with its weight: the highest sum wins. Empty for a node that is turned down, and where nodes are not scored. */
	readonly scores: readonly { readonly plugin: string; readonly weight: number; readonly score: number }[];
}

/** Why a pod that asks for a scheduler which is not there has no node. */
export function noSchedulerNamed(schedulerName: string): string {
	return `no scheduler named '${schedulerName}'`;
}

/** A scheduler that experiment files can name; a file of one's own has it as default export. */
export type SchedulerDefinition<Parameters> = Definition<Parameters, Scheduler>;
export type AnySchedulerDefinition = AnyDefinition<Scheduler>;

export function defineScheduler<Parameters>(
	definition: SchedulerDefinition<Parameters>,
): SchedulerDefinition<Parameters> {
	return definition;
}
