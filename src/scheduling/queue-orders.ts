/**
 * The orders of the waiting room by name (`spec.scheduling.queue.order`). All but `fifo` try higher priorities first, and differ within a
 * priority. The last five are those of the simulator that Alibaba published with its GPU trace of 2020 (PAI; Weng et al., "MLaaS
 * in the Wild", NSDI 2022); there, jobs have no priorities.
 *
 * Under the discipline `skip` every order is first-fit backfill without reservations, as in that simulator: whoever does not fit is passed over,
 * so a job that needs much may wait for long.
 *
 * Divergence from PAI: jobs of one key go by their turns, that is in order of arrival, there by the number of the job. The two are
 * the same where jobs are numbered in order of submission, as in the traces.
 */
import type { Job } from "../cell/job.js";
import { type Definition, registry } from "../objects/definition.js";
import { InputError } from "../objects/input-error.js";
import type { QueueOrder } from "./queue-order.js";
import { UserTurns } from "./user-turns.js";

/** Higher priorities first. */
export const byPriority = (a: Job, b: Job) => b.priority - a.priority;

/** The default: from high to low priority, in order of coming within one. */
export const PRIORITY_ORDER: QueueOrder = { rank: byPriority };

const priority: Definition<void, QueueOrder> = {
	name: "priority",
	summary: "From high to low priority; within one, whoever came first.",
	create: () => PRIORITY_ORDER,
};

const usersInTurn: Definition<void, QueueOrder> = {
	name: "users-in-turn",
	summary: "From high to low priority; within one, a job of each user (namespace) in turn, as in Borg.",
	create: () => ({ rank: byPriority, turns: new UserTurns() }),
};

const fifo: Definition<void, QueueOrder> = {
	name: "fifo",
	summary: "Whoever came first, whatever the priority (FIFO of PAI).",
	create: () => ({ rank: () => 0 }),
};

const shortestJob: Definition<void, QueueOrder> = {
	name: "shortest-job",
	summary:
		"From high to low priority; within one, the job that will run for the shortest time, as if that were known (SJF of PAI).",
	create: () => ({ rank: shortest(({ longestRunUs }) => longestRunUs) }),
};

/** Jobs of one priority by an estimate that came with them. */
function estimated(name: string, estimate: string, summary: string): Definition<void, QueueOrder> {
	const check = ({ name: job, estimates }: Job) => {
		if (estimates?.[estimate] !== undefined) return;
		const known = Object.keys(estimates ?? {});
		const has = known.length === 0 ? "it has none at all" : `it has ${known.join(", ")}`;
		throw new InputError(
			`job '${job}' comes without the estimate '${estimate}' of its run time, which the order ${name} goes by (${has})`,
		);
	};
	return { name, summary, create: () => ({ check, rank: shortest(({ estimates }) => estimates![estimate]!) }) };
}

const shortestByUser = estimated(
	"shortest-by-user",
	"user",
	"As shortest-job, by the run time estimated from earlier jobs of the user (SJU of PAI).",
);

const shortestByGroup = estimated(
	"shortest-by-group",
	"group",
	"As shortest-job, by the run time estimated from earlier jobs of the user's group of equal tasks (SJG of PAI).",
);

const shortestByGroupGpu = estimated(
	"shortest-by-group-gpu",
	"group-gpu",
	"As shortest-by-group, of jobs that asked for as many GPUs (SJGG of PAI).",
);

/** How a waiting room can order its jobs. */
export const queueOrders = registry<Definition<void, QueueOrder>>("queue order", [
	priority,
	usersInTurn,
	fifo,
	shortestJob,
	shortestByUser,
	shortestByGroup,
	shortestByGroupGpu,
]);

/** By priority, then by a time, which may be Infinity. */
function shortest(timeUs: (job: Job) => number): QueueOrder["rank"] {
	return (a, b) => {
		if (a.priority !== b.priority) return b.priority - a.priority;
		const [first, second] = [timeUs(a), timeUs(b)];
		return first === second ? 0 : first < second ? -1 : 1;
	};
}
