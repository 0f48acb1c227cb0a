/** A workload in several cells: which job goes to which (Borg paper, sections 5.2 to 5.4). */
import type { Random } from "../../engine/random.js";
import { shuffled } from "../../engine/shuffled.js";
import type { JobArrival } from "../../objects/arrival.js";
import type { CompactionSpec } from "../file/compaction-schema.js";
import { offeredBy } from "./bounds.js";
import { ofProduction, type Workload } from "./transforms.js";

/** The jobs of each cell, cells without any left out. `random` draws the order in which jobs are dealt out. */
export function groupsOf(
	workload: Workload,
	split: CompactionSpec["split"],
	random: Random,
): readonly (readonly JobArrival[])[] {
	const groups = split.by === "none" ? [workload.jobs] : [...grouped(workload, split, random).values()];
	return groups.filter((jobs) => jobs.length > 0);
}

function grouped({ nodes, jobs }: Workload, { by, userShare, cells }: CompactionSpec["split"], random: Random) {
	switch (by) {
		case "band":
			return groupBy(jobs, (job) => (ofProduction(job) ? "production" : "rest"));
		case "user": {
			const large = largeUsers(jobs, userShare * (offeredBy(nodes).get("memory") ?? 0));
			return groupBy(jobs, (job) => (large.has(userOf(job)) ? userOf(job) : ""));
		}
		default: {
			const turn = new Map(shuffled(jobs, random).map((job, i) => [job, i % cells]));
			return groupBy(jobs, (job) => turn.get(job)!);
		}
	}
}

/** In order of first occurrence, jobs of a group in their order. */
function groupBy<Key>(jobs: readonly JobArrival[], keyOf: (job: JobArrival) => Key): Map<Key, JobArrival[]> {
	const groups = new Map<Key, JobArrival[]>();
	for (const job of jobs) {
		const key = keyOf(job);
		const group = groups.get(key);
		if (group) group.push(job);
		else groups.set(key, [job]);
	}
	return groups;
}

/** Users whose tasks ask for at least so much memory, bytes; all of whom there are if it is 0. */
function largeUsers(jobs: readonly JobArrival[], atLeast: number): ReadonlySet<string> {
	const memory = new Map<string, number>();
	for (const job of jobs)
		for (const { spec } of job.pods) {
			const asked = spec.requests["firm/memory"] ?? spec.requests["memory"] ?? 0;
			memory.set(userOf(job), (memory.get(userOf(job)) ?? 0) + asked);
		}
	return new Set([...memory].filter(([, bytes]) => bytes >= atLeast).map(([user]) => user));
}

function userOf({ pods }: JobArrival): string {
	return pods[0]!.spec.facts.namespace;
}
