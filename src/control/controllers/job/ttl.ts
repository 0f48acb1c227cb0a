/**
 * Deletes Jobs some time after they are over (ttlSecondsAfterFinished), with their pods. Source: pkg/controller/ttlafterfinished.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import { keyOf } from "../../api-object.js";
import {
	type Controller,
	type ControllerContext,
	get,
	granted,
	type MakeController,
	remove,
	type Sync,
} from "../../controller.js";
import { finishOf, type Job } from "../../kinds/job.js";

export const ttlAfterFinishedController: MakeController = (context) => new TtlAfterFinishedController(context);

class TtlAfterFinishedController implements Controller {
	readonly name = "ttl-after-finished-controller";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		Job: ({ key, after }) => {
			if (after !== null && expiresUs(after as Job) !== null) this.#context.enqueue(key);
		},
	};
	readonly #context: ControllerContext;

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	*reconcile(key: string): Sync {
		const job = this.#context.seen.get("Job", key) as Job | undefined;
		const atUs = job === undefined ? null : expiresUs(job);
		if (job === undefined || atUs === null) return;
		const { nowUs } = this.#context.clock;
		if (atUs > nowUs) {
			this.#context.enqueueAfter(key, atUs - nowUs);
			return;
		}
		// Its time may have been made longer meanwhile.
		const present = granted<Job>(yield* get("Job", key));
		if ((expiresUs(present) ?? Number.POSITIVE_INFINITY) > nowUs) return;
		const { uid } = present.metadata;
		granted(yield* remove("Job", keyOf(present), { uid, finalizers: ["foregroundDeletion"] }));
	}
}

/** When a Job that is over is to go; null if it is to stay. */
export function expiresUs(job: Job): SimTime | null {
	const end = finishOf(job);
	const { ttlSecondsAfterFinished } = job.spec;
	if (end === null || ttlSecondsAfterFinished === null || job.metadata.deletedUs !== null) return null;
	return end.changedUs + ttlSecondsAfterFinished * SECOND;
}
