/** How a pod runs, as its manifest says: what a kubelet needs to know beyond the sum of the requests. */
import type { ResourceList } from "./resources.js";

export interface PodRun {
	/** In the order of the manifest: init and sidecar containers first. */
	readonly containers: readonly ContainerRun[];
	readonly restartPolicy: "Always" | "OnFailure" | "Never";
	/** Time between SIGTERM and SIGKILL, microseconds; Kubernetes' default is 30 s. */
	readonly terminationGraceUs: number;
}

export interface ContainerRun {
	readonly name: string;
	/** A sidecar is an init container with `restartPolicy: Always`. */
	readonly kind: "init" | "sidecar" | "main";
	/** "" if none is named: nothing is pulled. */
	readonly image: string;
	readonly imagePullPolicy: "Always" | "IfNotPresent" | "Never";
	/** Canonical units (`resources.ts`). Absent is no request. */
	readonly requests: ResourceList;
	/** Canonical units. Absent is no limit. */
	readonly limits: ResourceList;
	readonly startupProbe: Probe | null;
	readonly readinessProbe: Probe | null;
	readonly livenessProbe: Probe | null;
	/** How long its preStop hook takes, microseconds; 0 for none. */
	readonly preStopUs: number;
}

/** How long a pod that is told to go serves on because of its preStop hooks, which run at once, microseconds. */
export function preStopUsOf(run: PodRun | null | undefined): number {
	let longest = 0;
	for (const { preStopUs } of run?.containers ?? []) longest = Math.max(longest, preStopUs);
	return longest;
}

/** Kubernetes core/v1 Probe, whatever its handler is. */
export interface Probe {
	readonly initialDelayUs: number;
	readonly periodUs: number;
	readonly timeoutUs: number;
	readonly successThreshold: number;
	readonly failureThreshold: number;
}
