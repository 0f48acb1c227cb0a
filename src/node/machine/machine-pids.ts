/**
 * Process ids of one machine: how many its pods have, who may not fork any more, and whether a kubelet must look at it. A pod is held
 * to the kubelet's podPidsLimit, all pods together to what is not reserved (pids.max of the cgroups of pods and of kubepods): beyond,
 * a fork fails, and nobody is killed for it. The kubelet evicts when few are left of the whole machine's (pid.available).
 *
 * Source: Kubernetes "Process ID Limits And Reservations", KEP-757, pkg/kubelet/cm; Linux Documentation/admin-guide/cgroup-v2.rst (pids).
 *
 * Divergence from Kubernetes: who may not fork goes on with what it has, and wants as much CPU as before; it forks at once when
 * there is room again. Of pods that fork at one instant, those that were bound to the node first come first. Containers without a
 * demand for process ids have none, and neither have pauses and shims.
 */
import { amountOf, type Observation, type Threshold } from "../kubelet/thresholds.js";
import type { MachineOptions } from "./machine-options.js";
import type { MachinePod } from "./machine-pod.js";

/** Hears that so many processes of a pod could not be made. */
export type ForksRefused = (pod: MachinePod, forks: number) => void;

export class MachinePids {
	/** Whether a threshold is met: as of the last `look`. */
	short = false;
	readonly #podLimit: number;
	readonly #capacity: number;
	readonly #system: number;
	/** What all pods together may have. */
	readonly #room: number;
	/** While pods have no more than this, no threshold is met. */
	readonly #safe: number;
	readonly #refused: ForksRefused;
	#used = 0;

	constructor(options: MachineOptions, thresholds: readonly Threshold[], refused: ForksRefused) {
		const { podPidsLimit, pidMax, reserved, systemUsage } = options;
		const ofPids = thresholds.filter(({ signal }) => signal === "pid.available");
		const { pids: system = 0 } = systemUsage;
		this.#podLimit = podPidsLimit;
		this.#capacity = pidMax;
		this.#system = system;
		this.#room = pidMax - Math.max(reserved.pids ?? 0, system);
		this.#safe = Math.min(...ofPids.map(({ value }) => pidMax - system - amountOf(value, pidMax)));
		this.#refused = refused;
	}

	/** Who has ended processes gives their ids back; then all fork, as far as they may. */
	look(pods: readonly MachinePod[]): void {
		let used = 0;
		for (const pod of pods) {
			pod.pids = Math.min(pod.pids, wanted(pod));
			used += pod.pids;
		}
		for (const pod of pods) {
			const wants = wanted(pod);
			const forked = Math.max(0, Math.min(Math.min(wants, this.#podLimit) - pod.pids, this.#room - used));
			pod.pids += forked;
			used += forked;
			const missing = wants - pod.pids;
			if (missing > pod.missingPids) this.#refused(pod, missing - pod.missingPids);
			pod.missingPids = missing;
		}
		this.#used = used;
		this.short = used > this.#safe;
	}

	/** What is left of the machine's. */
	get available(): Observation {
		return { available: this.#capacity - this.#system - this.#used, capacity: this.#capacity };
	}
}

function wanted({ containers }: MachinePod): number {
	let sum = 0;
	for (const { runs, others } of containers)
		if (runs && others !== null && others.pids !== null) sum += Math.round(others.pids.value);
	return sum;
}
