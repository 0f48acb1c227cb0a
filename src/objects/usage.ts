/** What a pod uses once it runs, as something that changes over time: the counterpart of what it requests. */
import type { DistributionSpec } from "../engine/distributions.js";

/**
 * An amount that changes over time in steps; between steps it is constant. The pod's clock starts at 0 when its container
 * starts, and again at each restart; the cell's clock is that of the simulation. Amounts are 0 or more.
 */
export type Demand =
	| { readonly kind: "constant"; readonly value: number }
	/** `values[i]` from `i * stepUs` on. Pods of one trace or template share one array: it is never copied. */
	| {
			readonly kind: "series";
			readonly stepUs: number;
			readonly values: ArrayLike<number>;
			/** What the values are multiplied with; 1 where absent. */
			readonly factor?: number;
			readonly clock: "pod" | "cell";
			readonly after: "repeat" | "hold";
	  }
	/** A cosine on the cell's clock, highest at `peakAtUs` of each period; the value holds for `stepUs` from its sample on. */
	| {
			readonly kind: "diurnal";
			readonly mean: number;
			readonly amplitude: number;
			readonly periodUs: number;
			readonly peakAtUs: number;
			readonly stepUs: number;
	  }
	/** One after the other, on the pod's clock. */
	| {
			readonly kind: "phases";
			readonly phases: readonly { readonly durationUs: number; readonly value: number }[];
			readonly after: "repeat" | "hold";
	  }
	/** A new draw, times `factor`, every `stepUs` of the pod's clock. */
	| {
			readonly kind: "drawn";
			readonly distribution: DistributionSpec;
			/** 1 where absent. */
			readonly factor?: number;
			readonly stepUs: number;
	  };

export interface ContainerUsage {
	/** CPU wanted now, milli-CPU. */
	readonly cpuMilli: Demand;
	/** Anonymous and shared memory, bytes: it cannot be reclaimed. */
	readonly memoryBytes: Demand;
	/** Page cache, bytes: it is reclaimed before anything is killed; null for none. */
	readonly cacheBytes: Demand | null;
	/** Disk for logs, its writable layer and emptyDir volumes, bytes; absent for none. */
	readonly storageBytes?: Demand;
	/** Process ids: processes and their threads, rounded to whole ones; absent: none are counted. */
	readonly pids?: Demand;
	/** Memory of GPUs, thousandths of what one device has; absent for none. */
	readonly gpuMemoryMilli?: Demand;
	/** Runnable threads, 1 or more: they use at most `threads` x 1000 milli-CPU. */
	readonly threads: number;
	/** The container finishes after so much CPU time, microseconds of one CPU; Infinity: after `PodArrival.durationUs`, or never. */
	readonly workCpuUs: number;
	/** CPU time until it serves, microseconds of one CPU: its probes fail before; 0 for none. */
	readonly startupCpuUs: number;
	readonly latencySensitive: boolean;
	/** The work of each such period is released at once to all threads, as requests that come in bursts; absent: evenly. */
	readonly burstPeriodUs?: number;
	/** Share of its CPU time that serves I/O, 0 to 1, which costs more in a virtual machine; absent is 0. */
	readonly ioShare?: number;
}

export interface PodUsage {
	/** As many as the pod's run has containers, in their order. */
	readonly containers: readonly ContainerUsage[];
}
