import type { Random } from "../../../engine/random.js";
import { shuffled } from "../../../engine/shuffled.js";
import type { NodeObject } from "../../kinds/node.js";

/** One look at all nodes that need one, by several lanes at once, each of which takes the next. */
export class MonitorPass {
	readonly lanes: number;
	/** As they were when it began. */
	readonly nodes: readonly NodeObject[];
	readonly #notReady = new Map<string, number>();
	#taken = 0;
	#ended = 0;

	/** `nodes` are looked at in random order, as Go walks through maps. */
	constructor(nodes: readonly NodeObject[], random: Random, lanes: number) {
		this.lanes = lanes;
		this.nodes = shuffled(nodes, random);
	}

	next(): NodeObject | undefined {
		return this.nodes[this.#taken++];
	}

	count(zone: string, ready: boolean): void {
		if (!ready) this.#notReady.set(zone, this.notReadyIn(zone) + 1);
	}

	notReadyIn(zone: string): number {
		return this.#notReady.get(zone) ?? 0;
	}

	/** True for the last one. */
	laneEnds(): boolean {
		return ++this.#ended === this.lanes;
	}
}
