/**
 * The Borgmaster polls the Borglet of each machine every few seconds. One that has not answered several times is down, and its tasks are
 * scheduled on other machines; if it answers again it kills those it still has (Borg paper, section 3.3). How fast tasks of
 * machines that are down find new places is limited, since a partition of the network looks the same (section 4).
 *
 * Divergence from Borg: the paper says neither how many seconds, nor how many polls, nor what the limit is; the defaults are ours. A machine that
 * is down has a taint, by which schedulers know.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import {
	all,
	type Controller,
	type ControllerContext,
	deletionOf,
	type MakeController,
	patch,
	type Sync,
} from "../../controller.js";
import type { Heartbeats } from "../../heartbeats.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import { isActive, type Pod } from "../../pod.js";
import { TokenBucket } from "../../token-bucket.js";
import { hasTaint, swapTaints, taint } from "../node-lifecycle/taints.js";
import { PodsByNode } from "../pods-by-node.js";

export interface PollOptions {
	/** Its period is that of the polls. */
	readonly heartbeats: Heartbeats;
	readonly everyUs: SimTime;
	/** Polls without an answer after which a machine is down. */
	readonly missed: number;
	/** Tasks of machines that are down that are rescheduled, a second. */
	readonly rescheduledPerSecond: number;
}

const DOWN = taint("borg/down", "NoSchedule");

export function borgletPolls(options: PollOptions): MakeController {
	return (context) => new BorgletPolls(context, options);
}

class BorgletPolls implements Controller {
	readonly name = "borgmaster-polls";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Node: ({ key, after }) => after !== null && this.#context.enqueue(key),
		// A task may have been on its way to a machine that was going down.
		Pod: (change) => {
			this.#pods.changed(change);
			const node = (change.after as Pod | null)?.spec.nodeName ?? "";
			if (node !== "" && this.#options.heartbeats.silent.has(node)) this.#context.enqueue(nodeKey(node));
		},
	};
	readonly #context: ControllerContext;
	readonly #options: PollOptions;
	readonly #pods: PodsByNode;
	readonly #limit: TokenBucket;

	constructor(context: ControllerContext, options: PollOptions) {
		this.#context = context;
		this.#options = options;
		this.#pods = PodsByNode.in(context.seen);
		this.#limit = new TokenBucket({ qps: options.rescheduledPerSecond, burst: 1 });
		options.heartbeats.onSilence((name) => context.enqueue(nodeKey(name)));
	}

	*reconcile(key: string): Sync {
		const { seen, clock } = this.#context;
		const { heartbeats, everyUs, missed } = this.#options;
		const node = seen.get("Node", key) as NodeObject | undefined;
		if (node === undefined) return;
		const { name } = node.metadata;
		const isDown = hasTaint(node, DOWN);
		if (!heartbeats.silent.has(name)) {
			if (isDown) yield* swapTaints(node, [], [DOWN]);
			return;
		}
		const dueUs = heartbeats.renewedUs(name, clock.nowUs) + missed * everyUs;
		if (clock.nowUs < dueUs) {
			this.#context.enqueueAfter(key, dueUs - clock.nowUs);
			return;
		}
		if (!isDown) {
			const ready = { status: "Unknown", reason: "BorgletDown", sinceUs: clock.nowUs } as const;
			yield* patch(node, (present) => ({ ...present, status: { ...present.status, ready } }));
			yield* swapTaints(node, [DOWN], []);
		}
		yield* this.#reschedule(key, name);
	}

	/** As many as may go now; the others when it is their turn. */
	*#reschedule(key: string, node: string): Sync {
		const { nowUs } = this.#context.clock;
		const tasks = this.#pods.of(node).filter(isActive);
		const going = [];
		for (const task of tasks) {
			if (!this.#limit.takeNow(nowUs)) break;
			going.push(task);
		}
		yield* all(going.map(deletionOf));
		if (going.length < tasks.length)
			this.#context.enqueueAfter(key, Math.ceil(SECOND / this.#options.rescheduledPerSecond));
	}
}
