/**
 * What of a workload is packed, and as what: the variations of section 5 of the Borg paper (EuroSys 2015), as an experiment file
 * declares them under `spec.compaction`.
 */
import type { JobArrival, PodArrival } from "../../objects/arrival.js";
import { isProduction } from "../../objects/priority-band.js";
import type { ResourceList } from "../../objects/resources.js";
import type { NodeSpec, PodSpec } from "../../objects/spec.js";
import type { CompactionSpec } from "../file/compaction-schema.js";

export interface Workload {
	readonly nodes: readonly NodeSpec[];
	readonly jobs: readonly JobArrival[];
}

/** The workload as the options say: chosen, then rounded, then counted by reservations. */
export function transformed(workload: Workload, options: CompactionSpec): Workload {
	const { only, roundUp, reclamation, margin } = options;
	let { nodes, jobs } = workload;
	if (only !== "all") jobs = jobs.filter((job) => ofProduction(job) === (only === "production"));
	if (roundUp.tasks !== "none")
		jobs = mapPods(jobs, (pod) =>
			roundUp.tasks === "all" || isProduction(pod.spec.facts.priority)
				? { ...pod.spec, requests: roundedUp(pod.spec.requests, roundUp.from) }
				: pod.spec,
		);
	if (reclamation) {
		nodes = nodes.map((node) => ({ ...node, allocatable: { ...node.allocatable, ...firm(node.allocatable) } }));
		jobs = mapPods(jobs, (pod) => reserved(pod, margin));
	}
	return { nodes, jobs };
}

/** Whether the job's first task, and so the job, is production; monitoring counts as it. */
export function ofProduction({ pods }: JobArrival): boolean {
	return isProduction(pods[0]!.spec.facts.priority);
}

/** Jobs with other requests. Pods of a job that had one spec have one spec again, where their results are equal. */
function mapPods(jobs: readonly JobArrival[], specOf: (pod: PodArrival) => PodSpec): readonly JobArrival[] {
	return jobs.map((job) => {
		let last: { readonly from: PodArrival; readonly spec: PodSpec } | null = null;
		const pods = job.pods.map((pod): PodArrival => {
			const same =
				last !== null &&
				last.from.spec === pod.spec &&
				last.from.cpuUsageFraction === pod.cpuUsageFraction &&
				last.from.memoryUsageFraction === pod.memoryUsageFraction;
			if (!same) last = { from: pod, spec: specOf(pod) };
			return { ...pod, spec: last!.spec };
		});
		return { ...job, pods };
	});
}

/** Each amount that has a smallest size becomes the least of size, 2 x size, 4 x size, ... that holds it. */
export function roundedUp(requests: ResourceList, from: ResourceList): ResourceList {
	return Object.fromEntries(
		Object.entries(requests).map(([resource, amount]) => {
			let size = from[resource] ?? amount;
			while (size < amount) size *= 2;
			return [resource, size];
		}),
	);
}

const RESERVED = ["cpu", "memory"] as const;

/**
 * A task counts for its reservation: its mean usage and a margin, its request at most. Production also counts for its whole request,
 * as `firm/cpu` and `firm/memory`, among production: it never relies on what others do not use (Borg paper, section 5.5). The same
 * accounting as the overcommit policy `borg-reclamation`, once reservations have settled.
 */
function reserved({ spec, cpuUsageFraction, memoryUsageFraction }: PodArrival, margin: number): PodSpec {
	const used = { cpu: cpuUsageFraction, memory: memoryUsageFraction };
	const requests: Record<string, number> = { ...spec.requests };
	for (const resource of RESERVED) {
		const request = spec.requests[resource];
		if (request === undefined) continue;
		requests[resource] = Math.min(request, Math.max(1, Math.ceil(request * used[resource] * (1 + margin))));
	}
	if (isProduction(spec.facts.priority)) Object.assign(requests, firm(spec.requests));
	return { ...spec, requests };
}

function firm({ cpu, memory }: ResourceList): ResourceList {
	return {
		...(cpu !== undefined && { "firm/cpu": cpu }),
		...(memory !== undefined && { "firm/memory": memory }),
	};
}

/** Every amount times a factor of 1 or more, rounded up. */
export function inflated(jobs: readonly JobArrival[], factor: number): readonly JobArrival[] {
	return mapPods(jobs, ({ spec }) => ({
		...spec,
		requests: Object.fromEntries(
			Object.entries(spec.requests).map(([resource, amount]) => [resource, Math.ceil(amount * factor)]),
		),
	}));
}
