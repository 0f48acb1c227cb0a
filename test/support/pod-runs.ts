/** Containers and pods as a kubelet runs them, so that a test says only what it is about. Times in microseconds. */
import type { ContainerRun, PodRun, Probe } from "../../src/objects/pod-run.js";

/** A main container without requests, limits, probes and hooks unless told otherwise. */
export function containerRun(name: string, given: Partial<ContainerRun> = {}): ContainerRun {
	return {
		name,
		kind: "main",
		image: "",
		imagePullPolicy: "IfNotPresent",
		requests: {},
		limits: {},
		startupProbe: null,
		readinessProbe: null,
		livenessProbe: null,
		preStopUs: 0,
		...given,
	};
}

/** A pod that is always restarted and has 30 s to end, unless told otherwise. */
export function podRun(containers: readonly ContainerRun[], given: Partial<PodRun> = {}): PodRun {
	return { containers, restartPolicy: "Always", terminationGraceUs: 30_000_000, ...given };
}

/** A probe with Kubernetes' defaults: every 10 s, three failures, one success. */
export function probe(given: Partial<Probe> = {}): Probe {
	const period = { initialDelayUs: 0, periodUs: 10_000_000, timeoutUs: 1_000_000 };
	return { ...period, successThreshold: 1, failureThreshold: 3, ...given };
}
