/**
 * Ephemeral storage of one machine: what its pods use of its disk, and whether a kubelet must look at it. Limits are counted, not enforced by
 * the kernel: a pod that uses more than it may is evicted in the kubelet's next round (pkg/kubelet/eviction, localStorageEviction).
 *
 * Divergence from Kubernetes: nodefs holds nothing else, neither images nor the system; a container's disk is free at once
 * when it ends; usage does not stop at the size of the disk.
 */
import type { NodeSpec } from "../../objects/spec.js";
import { requestOf } from "../kubelet/qos.js";
import { amountOf, capacityOf, type Observation, type Threshold } from "../kubelet/thresholds.js";
import type { MachineColumns } from "./machine-columns.js";
import type { MachinePod } from "./machine-pod.js";

const STORAGE = "ephemeral-storage";
const NEVER = Number.POSITIVE_INFINITY;

/** What an eviction looks at, bytes. */
export interface PodStorage {
	readonly storageBytes: number;
	readonly storageRequestBytes: number;
	/** The most that it may use, by its own limit and, at what the others use now, by those of its containers; Infinity: no limit. */
	readonly storageLimitBytes: number;
}

export class MachineStorage {
	/** Whether a pod uses more than it may, or a threshold is met: as of the last `look`. */
	short = false;
	readonly #columns: MachineColumns;
	/** Bytes; Infinity on a node that does not say. */
	readonly #capacityBytes: number;
	readonly #safeBytes: number;
	#usedBytes = 0;

	constructor(spec: NodeSpec, thresholds: readonly Threshold[], columns: MachineColumns) {
		const ofDisk = thresholds.filter(({ signal }) => signal === "nodefs.available");
		this.#columns = columns;
		this.#capacityBytes = capacityOf((spec.backed ?? spec.allocatable)[STORAGE] ?? NEVER, "nodefs.available", ofDisk);
		const bytes = this.#capacityBytes;
		this.#safeBytes = bytes === NEVER ? NEVER : Math.min(...ofDisk.map(({ value }) => bytes - amountOf(value, bytes)));
	}

	/** Adds up what everybody uses. */
	look(pods: readonly MachinePod[]): void {
		this.#usedBytes = 0;
		this.short = false;
		for (const pod of pods) {
			const { storageBytes, storageLimitBytes } = this.of(pod);
			this.#usedBytes += storageBytes;
			if (storageBytes > storageLimitBytes && !pod.isCritical) this.short = true;
		}
		if (this.#usedBytes > this.#safeBytes) this.short = true;
	}

	of({ containers }: MachinePod): PodStorage {
		let storageBytes = 0;
		let storageRequestBytes = 0;
		let podLimitBytes = NEVER;
		/** What the container that is nearest to its limit may still use. */
		let leftBytes = NEVER;
		for (const { run, runs, group } of containers) {
			const used = runs ? this.#columns.storageBytes[group]! : 0;
			const limit = run.limits[STORAGE];
			storageBytes += used;
			if (run.kind !== "init") storageRequestBytes += requestOf(run, STORAGE);
			if (limit === undefined) continue;
			leftBytes = Math.min(leftBytes, limit - used);
			if (run.kind !== "init") podLimitBytes = limit + (podLimitBytes === NEVER ? 0 : podLimitBytes);
		}
		const storageLimitBytes = Math.min(podLimitBytes, storageBytes + leftBytes);
		return { storageBytes, storageRequestBytes, storageLimitBytes };
	}

	/** What is left of the disk; null on a node that does not say how much it has. */
	get nodefs(): Observation | null {
		if (this.#capacityBytes === NEVER) return null;
		return { available: this.#capacityBytes - this.#usedBytes, capacity: this.#capacityBytes };
	}
}
