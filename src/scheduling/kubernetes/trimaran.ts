/**
 * What the load-aware plugins of kubernetes-sigs/scheduler-plugins (pkg/trimaran) have in common: the arguments that say where
 * metrics come from, and what a pod may use.
 *
 * Divergence from Trimaran: metrics come from the cell (`NodeLoad`), whatever provider is named. Sidecars count in requests and
 * limits as Kubernetes counts them, where Trimaran takes them for ordinary init containers.
 */
import { z } from "zod";
import type { NodeView } from "../../cell/node-view.js";
import type { PodClass } from "../../objects/pod-class.js";
import { type LoadDemands, usualLoad } from "../../objects/pod-demands.js";

const NOT_SIMULATED = z.unknown().optional();

/** Arguments that every one of these plugins takes, and that change nothing here. */
export const METRICS_ARGS = { metricProvider: NOT_SIMULATED, watcherAddress: NOT_SIMULATED };

const known = new WeakMap<PodClass, LoadDemands>();

/** What a pod may use beyond its requests. */
export function loadOf(pod: PodClass): LoadDemands {
	let load = known.get(pod);
	if (load === undefined) {
		const { facts, requests } = pod.spec;
		known.set(pod, (load = facts.demands?.load ?? usualLoad(requests)));
	}
	return load;
}

/** Amounts of cpu and memory, canonical units. */
export interface CpuAndMemory {
	readonly cpu: number;
	readonly memory: number;
}

/** What is requested, and what limits allow, which is never less. */
export interface RequestsAndLimits {
	readonly requests: CpuAndMemory;
	readonly limits: CpuAndMemory;
}

/** Those of one pod. */
export function amountsOf(pod: PodClass): RequestsAndLimits {
	const { cpu = 0, memory = 0 } = pod.spec.requests;
	const { cpu: cpuLimit = 0, memory: memoryLimit = 0 } = loadOf(pod).limits;
	return { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } };
}

/** Those of all pods of a node together. */
export function amountsOn({ pods }: NodeView): RequestsAndLimits {
	const requests = { cpu: 0, memory: 0 };
	const limits = { cpu: 0, memory: 0 };
	for (const { podClass } of pods) {
		const own = amountsOf(podClass);
		requests.cpu += own.requests.cpu;
		requests.memory += own.requests.memory;
		limits.cpu += own.limits.cpu;
		limits.memory += own.limits.memory;
	}
	return { requests, limits };
}
