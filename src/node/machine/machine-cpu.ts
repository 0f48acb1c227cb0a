/**
 * The CPU of one machine: who gets how much of it, whom limits throttle, and how fast work goes for what is granted.
 *
 * With the kubelet's static CPU policy (pkg/kubelet/cm/cpumanager, policy_static.go) a container of a Guaranteed pod that requests
 * whole CPUs has them alone, used or not, and no quota (DisableCPUQuotaWithExclusiveCPUs); all others share the rest, reserved CPUs among
 * it, as one pool.
 *
 * Divergence from Kubernetes: a container has its CPUs while it runs, not from its pod's admission to its end; where an overcommit
 * policy offers more CPUs than there are, a container that comes too late shares the rest, where a kubelet refuses its pod; a
 * container that is resized keeps the CPUs that it has. Which CPUs they are (topology, hyper-threads) is left out.
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
	/** Of that, what pods may request: the reserved rest is always shared. */
	readonly #allocatableMilli: number;
	/** Of that, what containers have alone. */
	#exclusiveMilli = 0;
	readonly #interference: Interference | null;

	/** `allocatableMilli` is what pods may request of the machine. */
	constructor(allocatableMilli: number, options: MachineOptions, columns: MachineColumns, throttles: ThrottleBook) {
		const { reserved, interference } = options;
		this.#options = options;
		this.#columns = columns;
		this.#throttles = throttles;
		this.#tree = new KubepodsTree({ ...options, allocatableMilli });
		this.#capacityMilli = allocatableMilli + reserved.cpuMilli;
		this.#allocatableMilli = allocatableMilli;
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
	addContainer(container: MachineContainer): number {
		const { pod, requestMilli, limitMilli } = container;
		if (this.#mayHaveAlone(container)) {
			container.exclusiveMilli = requestMilli;
			this.#exclusiveMilli += requestMilli;
		}
		return this.#tree.addContainer(pod.group, requestMilli, limitMilli);
	}

	removeContainer(container: MachineContainer): void {
		this.#exclusiveMilli -= container.exclusiveMilli;
		container.exclusiveMilli = 0;
		this.#tree.removeContainer(container.group);
	}

	/** Requests and limits of a container have moved; `podMilli` is what its pod requested before. */
	resize({ pod, runs, group, requestMilli, limitMilli }: MachineContainer, podMilli: number): void {
		const after = pod.requestMilli;
		this.#tree.resizePod(pod.group, pod.qos, after, after - podMilli, pod.limitMilli);
		if (runs) this.#tree.resizeContainer(group, requestMilli, limitMilli);
	}

	/** What a running container's threads want now, milli-CPU. */
	want({ group, limitMilli, exclusiveMilli }: MachineContainer, wantedMilli: number): void {
		const columns = this.#columns;
		const alone = exclusiveMilli > 0;
		const capMilli = alone ? exclusiveMilli : this.#tree.capOf(limitMilli);
		columns.capMilli[group] = alone ? Number.POSITIVE_INFINITY : capMilli;
		columns.wantedMilli[group] = wantedMilli;
		columns.throttledMilli[group] = Math.max(0, wantedMilli - capMilli);
		columns.changed[group] = 1;
		this.#tree.setDemand(group, alone ? 0 : wantedMilli);
	}

	/** Divides CPU anew, for `grantOf`; true if the pace of work has changed. */
	divide(): boolean {
		this.#tree.divide(this.#sharedMilli);
		const before = this.pace;
		if (this.#interference !== null) this.pace = this.#paceNow(this.#interference);
		return this.pace !== before;
	}

	/** What a running container gets as of the last division, milli-CPU. */
	grantOf({ group, exclusiveMilli }: MachineContainer): number {
		if (exclusiveMilli > 0) return Math.min(this.#columns.wantedMilli[group]!, exclusiveMilli);
		return this.#tree.grantMilli[group]!;
	}

	/** Finds out anew how a container that has a limit is throttled; true if that has changed. */
	throttle(container: MachineContainer): boolean {
		const { group, usage, burstPeriodUs } = container;
		const { capMilli, wantedMilli, quotaPeriodsPerS, throttledPeriodsPerS, stoppedMilli } = this.#columns;
		const wanted = wantedMilli[group]!;
		let periods = wanted === 0 ? 0 : 1_000_000 / this.#options.cfsPeriodUs;
		let throttled = 0;
		let stopped = 0;
		const reachesCap = wanted > capMilli[group]! && this.grantOf(container) >= capMilli[group]! - ROUNDING_MILLI;
		if (wanted > 0 && (reachesCap || burstPeriodUs !== undefined)) {
			const rates = this.#throttles.rates({
				quota: this.#tree.quotaOf(container.limitMilli),
				threads: usage.threads,
				wantedMilli: wanted,
				burstPeriodUs,
				cpus: Math.ceil(this.#sharedMilli / 1000),
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

	/** What is left for those who share. */
	get #sharedMilli(): number {
		return this.#capacityMilli - this.#exclusiveMilli;
	}

	#mayHaveAlone({ pod, requestMilli }: MachineContainer): boolean {
		if (this.#options.cpuManagerPolicy === "none" || pod.qos !== "Guaranteed" || pod.guest !== null) return false;
		const wholeMilli = Math.floor(this.#allocatableMilli / 1000) * 1000;
		return requestMilli > 0 && requestMilli % 1000 === 0 && this.#exclusiveMilli + requestMilli <= wholeMilli;
	}

	#paceNow(interference: Interference): number {
		const { containers, size } = this.#columns;
		let tasks = 0;
		let usedMilli = 0;
		for (let group = 0; group < size; group++) {
			const container = containers[group]!;
			if (container === null) continue;
			tasks++;
			usedMilli += this.grantOf(container);
		}
		return 1 / interference({ tasks, cpuUse: usedMilli / this.#capacityMilli });
	}
}
