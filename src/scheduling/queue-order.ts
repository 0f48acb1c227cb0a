/** In which order the jobs of a waiting room are tried: the contract. The orders are in `queue-orders.ts`. */
import type { Job } from "../cell/job.js";
import type { JobHeap } from "./job-heap.js";

/** The jobs of a room that may be tried; `peek` and `pop` give the next. */
export type Line = Pick<JobHeap<Job>, "size" | "peek" | "push" | "pop">;

/** Made once a waiting room. */
export interface QueueOrder {
	/**
	 * Which of two jobs goes first, whenever they came: negative for `a`, 0 if their turns say. It looks only at what does not change
	 * while a job waits, and it also says which of the jobs that wait for room for equal pods is woken first.
	 */
	rank(a: Job, b: Job): number;
	/** Hears of a job before it comes to the room. InputError if it lacks what the order goes by. */
	check?(job: Job): void;
	/** Where the next job also depends on who was served before; absent, it is the first by rank and turn. */
	readonly turns?: Turns;
}

/** A line that moves on whenever somebody is served. */
export interface Turns extends Line {
	/** Pods of the job were placed. */
	served(job: Job): void;
}
