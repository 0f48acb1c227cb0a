/**
 * What starts the containers of a node: a daemon that starts so many at a time, each taking longer the more containers there are already.
 * Pods wait for it in the order in which they came.
 *
 * Divergence from Docker: one start is one service, whatever it consists of (creating, network, mounts); a pod that is told to go while it
 * waits is served all the same; stopping costs nothing; containers that end while others wait shorten nothing.
 */

import type { NodeId } from "../cell/ids.js";
import type { NodeColumns } from "../cell/node-columns.js";
import type { SimTime } from "../engine/time.js";
import { PODS } from "../objects/resources.js";

export interface ContainerRuntimeOptions {
	/** Starts at a time. */
	readonly atOnce: number;
	/** Of a start on an empty node, and for each container that is there already. */
	readonly baseUs: SimTime;
	readonly perContainerUs: SimTime;
}

export class ContainerRuntimes {
	readonly #nodes: NodeColumns;
	readonly #clock: { readonly nowUs: SimTime };
	readonly #options: ContainerRuntimeOptions;
	/** By node: when each of its places is free. */
	readonly #freeUs: SimTime[][] = [];

	constructor(clock: { readonly nowUs: SimTime }, nodes: NodeColumns, options: ContainerRuntimeOptions) {
		this.#clock = clock;
		this.#nodes = nodes;
		this.#options = options;
	}

	/** From now until a pod that has just been bound to the node runs, if the runtime hears of it in `untilHeardUs`. */
	startDelayUs(node: NodeId, untilHeardUs: SimTime): SimTime {
		const { nowUs } = this.#clock;
		const { atOnce, baseUs, perContainerUs } = this.#options;
		const places = (this.#freeUs[node] ??= new Array<SimTime>(atOnce).fill(0));
		let place = 0;
		for (let other = 1; other < atOnce; other++) if (places[other]! < places[place]!) place = other;
		const beginsUs = Math.max(places[place]!, nowUs + untilHeardUs);
		const doneUs = beginsUs + baseUs + perContainerUs * this.#containersBefore(node);
		places[place] = doneUs;
		return doneUs - nowUs;
	}

	/** Those that run or were asked for before: the pods that the node has, but for the one at hand. */
	#containersBefore(node: NodeId): number {
		const { allocatable, free } = this.#nodes;
		return Math.max(0, allocatable[PODS]![node]! - free[PODS]![node]! - 1);
	}
}
