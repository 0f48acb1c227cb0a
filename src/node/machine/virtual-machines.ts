/**
 * Every pod in a virtual machine of its own, for comparing virtual machines with containers on one workload: what a guest takes of
 * its host in memory and CPU, whatever its containers make of it.
 *
 * A guest has whole vCPUs, as many as its containers may use (or request), and never uses more. Guests weigh on the host by their
 * vCPUs; there may be more of them than CPUs, and what a guest wants and does not get is its steal time, accounted as waiting.
 * Its memory is set aside when it starts, or, with ballooning, follows what its containers use.
 *
 * Divergence from real hypervisors: guests start within the start delay of pods, page cache lives inside the guest where the host
 * does not see it, a balloon follows at once, and pages are not shared between guests. To a scheduler a guest is what its pod
 * requests: overhead counts there if the pod template says so (`spec.overhead`).
 */
import type { ContainerRun } from "../../objects/pod-run.js";
import { requestOf } from "../kubelet/qos.js";

export interface VirtualMachineOptions {
	/** CPU time of the host for CPU time of the guest, beyond 1: work on the CPU, and work that serves I/O. */
	readonly cpuOverhead: number;
	readonly ioOverhead: number;
	/** What the hypervisor needs for each guest beside the guest's own memory, bytes. */
	readonly hypervisorBytes: number;
	/** What the guest's operating system needs beside the containers, bytes. */
	readonly guestSystemBytes: number;
	/** Whether guests give back what they do not use; they keep at least `balloonFloor` of their memory, 0 to 1. */
	readonly ballooning: boolean;
	readonly balloonFloor: number;
}

/** Orders of magnitude of a plain KVM guest; our choice, to be replaced by what was measured. */
export const DEFAULT_VIRTUAL_MACHINES: VirtualMachineOptions = {
	cpuOverhead: 0.02,
	ioOverhead: 0.2,
	hypervisorBytes: 100 * 2 ** 20,
	guestSystemBytes: 200 * 2 ** 20,
	ballooning: false,
	balloonFloor: 0.25,
};

/** The guest of one pod. */
export class VirtualMachine {
	/** milli-CPU of its vCPUs, whole CPUs. */
	readonly vcpuMilli: number;
	/** Its memory, the operating system's included, bytes. */
	readonly guestBytes: number;
	readonly #options: VirtualMachineOptions;

	/** Containers without limits get what they request; init containers run before the others, in the same room. */
	constructor(containers: readonly ContainerRun[], options: VirtualMachineOptions) {
		const sizes = (resource: "cpu" | "memory") =>
			containers
				.filter(({ kind }) => kind !== "init")
				.reduce((sum, run) => sum + (run.limits[resource] ?? requestOf(run, resource)), 0);
		this.vcpuMilli = Math.max(1, Math.ceil(sizes("cpu") / 1000)) * 1000;
		this.guestBytes = sizes("memory") + options.guestSystemBytes;
		this.#options = options;
	}

	/** CPU time of the host for one unit of the guest's, of which `ioShare` serves I/O. */
	cpuFactor(ioShare: number): number {
		const { cpuOverhead, ioOverhead } = this.#options;
		return 1 + cpuOverhead * (1 - ioShare) + ioOverhead * ioShare;
	}

	/** What it takes of the host while its containers use so much, bytes. */
	hostBytes(usedBytes: number): number {
		const { hypervisorBytes, guestSystemBytes, ballooning, balloonFloor } = this.#options;
		if (!ballooning) return this.guestBytes + hypervisorBytes;
		const needed = Math.max(usedBytes + guestSystemBytes, Math.ceil(balloonFloor * this.guestBytes));
		return Math.min(this.guestBytes, needed) + hypervisorBytes;
	}
}
