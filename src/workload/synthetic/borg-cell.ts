/**
 * A synthetic Borg cell at an instant: machines, and the jobs that run there, with the published marginals of the Borg paper (Verma
 * et al., EuroSys 2015, sections 5.2 to 5.5) and, where nothing is published, choices of ours. Every number and where it is from:
 * `workloads/borg/README.md`. Nothing is tuned to a figure that compaction is judged by.
 *
 * Divergence from Borg: a cell is drawn independently, job by job. What goes together in real cells (who runs what, with whom, on
 * what machines) does not here.
 */
import { type RandomSource, SeededRandomSource } from "../../engine/random.js";
import type { JobArrival, PodArrival } from "../../objects/arrival.js";
import { bandOf } from "../../objects/priority-band.js";
import { type NodeSpec, PLAIN_FACTS, type PodFacts } from "../../objects/spec.js";
import type { BorgCellParams } from "./borg-cell-schema.js";
import { constrain } from "./borg-constraints.js";
import { type DrawnJob, drawJobs } from "./borg-jobs.js";
import { drawMachines, nodeOf } from "./borg-machines.js";

export interface BorgCell {
	readonly nodes: readonly NodeSpec[];
	/** All at time 0, running for ever; production first. */
	readonly jobs: readonly JobArrival[];
}

/** The same parameters give the same cell; those without a seed, with the same `random`. */
export function borgCell(params: BorgCellParams, random?: RandomSource): BorgCell {
	const source = streamsOf(params.seed === undefined && random ? random : new SeededRandomSource(params.seed ?? "1"));
	const machines = drawMachines(params.machines, source);
	const jobs = constrain(drawJobs(machines, params, source), machines);
	const factsOf = facts();
	return {
		nodes: machines.map(nodeOf),
		jobs: jobs.map((job, i) => jobOf(job, i, factsOf(job))),
	};
}

function streamsOf(source: RandomSource): RandomSource {
	return { stream: (name) => source.stream(`workload/borg-cell/${name}`) };
}

function jobOf(job: DrawnJob, position: number, podFacts: PodFacts): JobArrival {
	const pod: PodArrival = {
		name: null,
		spec: { facts: podFacts, requests: { cpu: job.cpuMilli, memory: job.memoryBytes }, gpu: null },
		durationUs: Number.POSITIVE_INFINITY,
		exit: "succeeded",
		cpuUsageFraction: job.cpuUsage,
		memoryUsageFraction: job.memoryUsage,
		observedStartUs: Number.NaN,
		censored: false,
	};
	return {
		timeUs: 0,
		name: `${bandOf(job.priority)}-${position}`,
		pods: Array.from({ length: job.tasks }, () => pod),
		gang: false,
	};
}

/** One object for all pods with the same facts. */
function facts(): (job: DrawnJob) => PodFacts {
	const known = new Map<string, PodFacts>();
	return ({ user, priority, needs }) => {
		const key = `${user} ${priority} ${needs === null ? "" : `${needs.label}=${needs.value}`}`;
		let made = known.get(key);
		if (made === undefined) {
			const nodeSelector: Record<string, string> = needs === null ? {} : { [needs.label]: needs.value };
			made = { ...PLAIN_FACTS, namespace: `user-${user}`, priority, className: bandOf(priority), nodeSelector };
			known.set(key, made);
		}
		return made;
	};
}
