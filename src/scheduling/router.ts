/** Which scheduler process a job belongs to, for the whole of its life. */
import type { Job } from "../cell/job.js";
import { InputError } from "../objects/input-error.js";

/** How jobs are dealt out among the processes of one entry: by a hash of their ordinal, or one after the other. */
export const SPREADS = ["hash", "round-robin"] as const;
export type Spread = (typeof SPREADS)[number];

/** An entry of the experiment file: equal processes that share one kind of work. */
export interface SchedulerEntry {
	readonly name: string;
	/** Job classes it is for; null takes what no other entry is for. */
	readonly classes: readonly string[] | null;
	readonly spread: Spread;
	/** The `schedulerName`s that its policy is for; absent for all. */
	readonly names?: ReadonlySet<string>;
	/** Indices of its processes. */
	readonly processes: readonly number[];
}

/** Called once a job, when it is submitted; the answer is kept in `job.scheduler`. */
export type Router = (job: Job, schedulerName: string) => number;

/**
 * A pod that names an entry as its `schedulerName` goes there; otherwise the first entry for its class; otherwise the entries
 * without classes, all their processes taken together. Where the policy found so is not for the `schedulerName`, the first entry whose
 * policy names it takes the pod, if there is one. A job of a class that nobody is for is an error.
 */
export function routerOf(entries: readonly SchedulerEntry[]): Router {
	// The usual case is one entry that is for all.
	if (entries.length === 1 && entries[0]!.classes === null) return dealer(entries[0]!);
	const byName = new Map(entries.map((entry) => [entry.name, dealer(entry)]));
	const byClass = new Map<string, Dealer>();
	for (const { name, classes } of entries)
		for (const className of classes ?? []) if (!byClass.has(className)) byClass.set(className, byName.get(name)!);
	const open = entries.filter(({ classes }) => classes === null);
	const rest =
		open.length === 0
			? null
			: open.length === 1
				? byName.get(open[0]!.name)!
				: dealer({ spread: open[0]!.spread, processes: open.flatMap(({ processes }) => processes) });
	const namesOf = new Map(entries.flatMap(({ processes, names }) => processes.map((process) => [process, names])));
	return (job, schedulerName) => {
		const deal = byName.get(schedulerName) ?? byClass.get(job.className) ?? rest;
		if (deal !== null) {
			const process = deal(job);
			if (namesOf.get(process)?.has(schedulerName) !== false) return process;
			const other = entries.find(({ names }) => names?.has(schedulerName));
			return other === undefined ? process : byName.get(other.name)!(job);
		}
		throw new InputError(
			`no scheduler is for job '${job.name}' of class '${job.className}': name the class in the classes of a scheduler, or leave classes out of one`,
		);
	};
}

type Dealer = (job: Job) => number;

function dealer({ spread, processes }: Pick<SchedulerEntry, "spread" | "processes">): Dealer {
	if (processes.length === 1) return () => processes[0]!;
	if (spread === "hash") return ({ ordinal }) => processes[mixed(ordinal) % processes.length]!;
	let dealt = 0;
	return () => processes[dealt++ % processes.length]!;
}

/** A 32-bit mix (the finaliser of MurmurHash3), so that periodic workloads do not all go to one scheduler. */
function mixed(ordinal: number): number {
	let h = ordinal | 0;
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) >>> 0;
}
