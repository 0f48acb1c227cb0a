/**
 * Requests on machines that are simulated in full: a machine is told what the requests in a pod take of its CPU, and what it has for the
 * pod is what requests are served with. Both are looked at once a window.
 *
 * A pod has what it got and what was idle on its machine, up to what it declares; one that has no CPU left asks for all that its requests
 * would use there, and gets its share of the machine by the machine's rules. Divergence from Linux: what others on the machine want
 * changes at any time, and requests feel it in the next window; pods on one machine each count on all that is idle.
 */
import type { Cell } from "../cell/cell.js";
import { type PodId, rowOf } from "../cell/ids.js";
import { declaredCpuMilli } from "./pods.js";

/** Machines, as far as requests go: `MachineAgent`. */
export interface PodMachines {
	/** The requests that come to a pod want so much CPU from now on, milli-CPU. */
	serve(pod: PodId, servedMilli: number): void;
}

/** What requests in a pod would use if it had so many CPUs, milli-CPU. */
export type WantedMilli = (pod: PodId, cpus: number) => number;

/** A pod that uses this share of what it has is short of CPU. */
const SHORT = 0.98;
/** Steps in which shares and wants are told apart, milli-CPU. */
const STEP = 10;
/** Of a pod that gets hardly anything. */
const LEAST_MILLI = 1;

export class MachineShares {
	readonly #cell: Cell;
	readonly #machines: PodMachines;
	readonly #wanted: WantedMilli;
	/** What pods have, as of the last window. */
	readonly #has = new Map<PodId, number>();
	/** What machines were told last. */
	readonly #told = new Map<PodId, number>();

	constructor(cell: Cell, machines: PodMachines, wanted: WantedMilli) {
		this.#cell = cell;
		this.#machines = machines;
		this.#wanted = wanted;
	}

	/** CPU that the pod has for requests, milli-CPU. */
	cpuMilliOf(pod: PodId): number {
		return this.#has.get(pod) ?? declaredCpuMilli(this.#cell, pod);
	}

	/** A window is over: what the pod got is looked at, and its machine is told what it wants. True if it has another amount than before. */
	renew(pod: PodId): boolean {
		const row = rowOf(pod);
		const { pods, nodes } = this.#cell.usage;
		if (!this.#cell.pods.has(pod) || !pods.has(row)) return false;
		const { node } = this.#cell.pod(pod);
		const declared = declaredCpuMilli(this.#cell, pod);
		const before = this.cpuMilliOf(pod);
		const told = this.#told.get(pod);
		const { backed, allocatable } = this.#cell.nodes.specs[node]!;
		const idle = Math.max(0, ((backed ?? allocatable)["cpu"] ?? Number.POSITIVE_INFINITY) - nodes.usedMilli[node]!);
		const got = told === undefined ? declared : Math.min(told, pods.usedMilli[row]!);
		const has = Math.min(declared, Math.max(LEAST_MILLI, stepped(got + idle)));
		this.#has.set(pod, has);
		const takes = this.#wanted(pod, has / 1000);
		const wanted = stepped(takes < SHORT * has ? takes : this.#wanted(pod, declared / 1000));
		this.#told.set(pod, wanted);
		this.#machines.serve(pod, wanted);
		return has !== before;
	}

	forget(pod: PodId): void {
		this.#has.delete(pod);
		this.#told.delete(pod);
		this.#machines.serve(pod, 0);
	}
}

function stepped(milli: number): number {
	return Math.round(milli / STEP) * STEP;
}
