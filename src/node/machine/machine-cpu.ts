/**
 * The CPU of one machine: who gets how much of it, whom limits throttle, and how fast work goes for what is granted.
 */
import { INTERFERENCE, type Interference } from "./interference.js";
import { KubepodsTree } from "./kubepods-tree.js";
import type { MachineColumns } from "./machine-columns.js";
import type { MachineOptions } from "./machine-options.js";
import type { MachineContainer, MachinePod } from "./machine-pod.js";
import type { ThrottleBook } from "./throttle-rates.js";

/** Grants are fractions; a container that is short of its limit by less has come to it. */
const ROUNDING_MILLI = 1e-6;

export class MachineCpu {
	/** Work done for CPU time granted, 0 to 1. */
	pace = 1;
	readonly #options: MachineOptions;
	readonly #columns: MachineColumns;
	readonly #throttles: ThrottleBook;
	readonly #tree: KubepodsTree;
	/** milli-CPU; Infinity on a node that does not say. */
	readonly #capacityMilli: number;
	readonly #interference: Interference | null;

	/** `allocatableMilli` is what pods may request of the machine. */
	constructor(allocatableMilli: number, options: MachineOptions, columns: MachineColumns, throttles: ThrottleBook) {
		const { reserved, interference } = options;
		this.#options = options;
		this.#columns = columns;
		this.#throttles = throttles;
		this.#tree = new KubepodsTree({ ...options, allocatableMilli });
		this.#capacityMilli = allocatableMilli + reserved.cpuMilli;
		this.#interference = interference === "none" ? null : INTERFERENCE[interference];
	}

	/** The group of a new pod. */
	addPod({ qos, requestMilli, limitMilli }: MachinePod): number {
		return this.#tree.addPod(qos, requestMilli, limitMilli);
	}

	/** Takes out a pod whose containers are gone. */
	removePod({ group, qos, requestMilli }: MachinePod): void {
		this.#tree.removePod(group, qos, requestMilli);
	}

	/** The group of a container that begins to run. */
	addContainer({ pod, requestMilli, limitMilli }: MachineContainer): number {
		return this.#tree.addContainer(pod.group, requestMilli, limitMilli);
	}

	removeContainer({ group }: MachineContainer): void {
		this.#tree.removeContainer(group);
	}

	/** Requests and limits of a container have moved; `podMilli` is what its pod requested before. */
	resize({ pod, runs, group, requestMilli, limitMilli }: MachineContainer, podMilli: number): void {
		const after = pod.requestMilli;
		this.#tree.resizePod(pod.group, pod.qos, after, after - podMilli, pod.limitMilli);
		if (runs) this.#tree.resizeContainer(group, requestMilli, limitMilli);
	}

	/** What a running container's threads want now, milli-CPU. */
	want({ group, limitMilli }: MachineContainer, wantedMilli: number): void {
		const columns = this.#columns;
		const capMilli = this.#tree.capOf(limitMilli);
		columns.capMilli[group] = capMilli;
		columns.wantedMilli[group] = wantedMilli;
		columns.throttledMilli[group] = Math.max(0, wantedMilli - capMilli);
		columns.changed[group] = 1;
		this.#tree.setDemand(group, wantedMilli);
	}

	/** Divides CPU anew, for `grantedMilli`; true if the pace of work has changed. */
	divide(): boolean {
		this.#tree.divide(this.#capacityMilli);
		const before = this.pace;
		if (this.#interference !== null) this.pace = this.#paceNow(this.#interference);
		return this.pace !== before;
	}

	/** milli-CPU by group, as of the last division. Another array after a group was added: do not keep it. */
	get grantMilli(): Float64Array {
		return this.#tree.grantMilli;
	}

	/** Finds out anew how a container that has a limit is throttled; true if that has changed. */
	throttle(container: MachineContainer): boolean {
		const { group, usage } = container;
		const { capMilli, wantedMilli, quotaPeriodsPerS, throttledPeriodsPerS, stoppedMilli } = this.#columns;
		const wanted = wantedMilli[group]!;
		let periods = wanted === 0 ? 0 : 1_000_000 / this.#options.cfsPeriodUs;
		let throttled = 0;
		let stopped = 0;
		const reachesCap = wanted > capMilli[group]! && this.grantMilli[group]! >= capMilli[group]! - ROUNDING_MILLI;
		if (wanted > 0 && (reachesCap || usage.burstPeriodUs !== undefined)) {
			const rates = this.#throttles.rates({
				quota: this.#tree.quotaOf(container.limitMilli),
				threads: usage.threads,
				wantedMilli: wanted,
				burstPeriodUs: usage.burstPeriodUs,
				cpus: Math.ceil(this.#capacityMilli / 1000),
				fairMilli: this.#tree.fairMilli(group),
			});
			periods = rates.periodsPerS;
			throttled = rates.throttledPerS;
			stopped = rates.stoppedMilli;
		}
		const same =
			quotaPeriodsPerS[group] === periods &&
			throttledPeriodsPerS[group] === throttled &&
			stoppedMilli[group] === stopped;
		if (same) return false;
		quotaPeriodsPerS[group] = periods;
		throttledPeriodsPerS[group] = throttled;
		stoppedMilli[group] = stopped;
		return true;
	}

	#paceNow(interference: Interference): number {
		const { containers, size } = this.#columns;
		let tasks = 0;
		let usedMilli = 0;
		for (let group = 0; group < size; group++) {
			if (containers[group] === null) continue;
			tasks++;
			usedMilli += this.grantMilli[group]!;
		}
		return 1 / interference({ tasks, cpuUse: usedMilli / this.#capacityMilli });
	}
}
