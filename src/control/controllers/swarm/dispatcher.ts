/**
 * Declares nodes down that are not heard of. Agents send a heartbeat each 5 s, give or take half a second that the manager draws, and are
 * down three of these periods after the last one. Source: SwarmKit manager/dispatcher (nodes.go, period.go).
 *
 * Divergence from SwarmKit: of the heartbeats of an agent only the last one before it falls silent is drawn; a node that is down has a
 * taint, by which schedulers know.
 */
import type { Random } from "../../../engine/random.js";
import type { SimTime } from "../../../engine/time.js";
import type { ApiChange } from "../../api-server.js";
import { type Controller, type ControllerContext, type MakeController, patch, type Sync } from "../../controller.js";
import type { Heartbeats } from "../../heartbeats.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import { hasTaint, taint } from "../node-lifecycle/taints.js";

const PERIOD_US = 5_000_000;
const JITTER_US = 500_000;
/** Periods without a heartbeat after which a node is down. */
const GRACE = 3;

const DOWN = taint("com.docker.swarm.node.down", "NoSchedule");

export function swarmDispatcher(heartbeats: Heartbeats, random: Random): MakeController {
	return (context) => new Dispatcher(context, heartbeats, random);
}

class Dispatcher implements Controller {
	readonly name = "swarm-dispatcher";
	readonly workers = 1;
	readonly watches: Controller["watches"] = { Node: (change) => this.#nodeChanged(change) };
	readonly #context: ControllerContext;
	readonly #heartbeats: Heartbeats;
	/** By key, when silent nodes are down. */
	readonly #dueUs = new Map<string, SimTime>();

	constructor(context: ControllerContext, heartbeats: Heartbeats, random: Random) {
		this.#context = context;
		this.#heartbeats = heartbeats;
		heartbeats.onSilence((name, nowUs) => {
			const periodUs = PERIOD_US - JITTER_US + random.integer(2 * JITTER_US + 1);
			const dueUs = nowUs - random.integer(periodUs) + GRACE * periodUs;
			this.#dueUs.set(nodeKey(name), dueUs);
			context.enqueueAfter(nodeKey(name), dueUs - nowUs);
		});
	}

	#nodeChanged({ key, after }: ApiChange): void {
		if (after === null) this.#dueUs.delete(key);
		else this.#context.enqueue(key);
	}

	*reconcile(key: string): Sync {
		const node = this.#context.seen.get("Node", key) as NodeObject | undefined;
		if (node === undefined) return;
		const { nowUs } = this.#context.clock;
		const silent = this.#heartbeats.silent.has(node.metadata.name);
		const dueUs = this.#dueUs.get(key) ?? nowUs;
		if (!silent) this.#dueUs.delete(key);
		else if (dueUs > nowUs) {
			this.#context.enqueueAfter(key, dueUs - nowUs);
			return;
		}
		if (hasTaint(node, DOWN) !== silent) yield* patch(node, (present) => marked(present, silent, nowUs));
	}
}

function marked(node: NodeObject, down: boolean, nowUs: SimTime): NodeObject {
	const others = node.spec.taints.filter(({ key }) => key !== DOWN.key);
	const ready = down
		? ({ status: "False", reason: "heartbeat failure", sinceUs: nowUs } as const)
		: ({ status: "True", reason: "ready", sinceUs: nowUs } as const);
	return {
		...node,
		spec: { ...node.spec, taints: down ? [...others, DOWN] : others },
		status: { ...node.status, ready },
	};
}
