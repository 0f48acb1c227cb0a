/**
 * Whoever rents out machines: one that is asked for becomes a node after its time, one that is given back is gone with its pods.
 *
 * Divergence from real clouds: there are always machines to be had; the object of a machine that was given back is deleted by who gave
 * it back, not by a controller that asks the cloud every five seconds, and its pods are gone at once, not after a pod GC.
 */
import type { Cell } from "../../cell/cell.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { SimTime } from "../../engine/time.js";
import type { NodeSpec } from "../../objects/spec.js";

interface Ordered {
	readonly spec: NodeSpec;
	readonly sinceUs: SimTime;
	readonly slot: number;
	readonly arrival: EventHandle;
}

export class Cloud {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #arrives: EventKind;
	readonly #ordered = new Map<string, Ordered>();
	readonly #bySlot = new Map<number, string>();
	#slots = 0;

	constructor(engine: Engine, cell: Cell, phase: number) {
		this.#engine = engine;
		this.#cell = cell;
		this.#arrives = engine.kind("machine-arrives", phase, (slot) => this.#arrived(slot));
	}

	/** Machines on their way, the one asked for first at the front. */
	get ordered(): Iterable<{ readonly spec: NodeSpec; readonly sinceUs: SimTime }> {
		return this.#ordered.values();
	}

	isOrdered(name: string): boolean {
		return this.#ordered.has(name);
	}

	/** Asks for a machine, which is a node and ready after `afterUs`; at once for 0. */
	order(spec: NodeSpec, afterUs: SimTime): void {
		if (afterUs === 0) {
			this.#cell.addNode(spec);
			return;
		}
		const slot = this.#slots++;
		const { nowUs } = this.#engine;
		const arrival = this.#engine.schedule(nowUs + Math.round(afterUs), this.#arrives, slot);
		this.#ordered.set(spec.name, { spec, sinceUs: nowUs, slot, arrival });
		this.#bySlot.set(slot, spec.name);
	}

	/** A machine on its way is not wanted any more. */
	cancel(name: string): void {
		const { slot, arrival } = this.#ordered.get(name)!;
		this.#engine.cancel(arrival);
		this.#bySlot.delete(slot);
		this.#ordered.delete(name);
	}

	/** Gives a machine back, whose object was deleted: its pods end with it. */
	giveBack(name: string): void {
		const node = this.#cell.nodeNamed(name);
		if (node === undefined) return;
		this.#cell.setNodeSilent(node, true);
		for (const pod of [...this.#cell.podsOn(node)]) this.#cell.endPod(pod, "deleted");
	}

	#arrived(slot: number): void {
		const name = this.#bySlot.get(slot)!;
		this.#bySlot.delete(slot);
		const { spec } = this.#ordered.get(name)!;
		this.#ordered.delete(name);
		this.#cell.addNode(spec);
	}
}
