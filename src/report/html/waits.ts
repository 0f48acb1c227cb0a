/** How long pods waited for their first node, by priority. */
import { bandOf } from "../../objects/priority-band.js";
import type { CellHistory } from "../timeline/history.js";

export interface Waits {
	/** From submission to the first binding, of pods that came that far; microseconds. */
	readonly boundUs: number[];
	/** Pods that never did. */
	never: number;
}

/** Waits by priority, of runs of one variant. */
export type WaitsByPriority = Map<number, Waits>;

/** Pods that ran already when the run began waited for nobody, and those that were not taken in for something else. */
export function addWaits(all: WaitsByPriority, { pods }: CellHistory): void {
	const turnedAway = pods.outcomes.indexOf("turned-away");
	for (let pod = 0; pod < pods.length; pod++) {
		const bound = pods.boundUs[pod]!;
		if (pods.outcome[pod] === turnedAway || (pods.attempts[pod] === 0 && !Number.isNaN(bound))) continue;
		const { priority } = pods.shapes[pods.shape[pod]!]!;
		let waits = all.get(priority);
		if (waits === undefined) all.set(priority, (waits = { boundUs: [], never: 0 }));
		if (Number.isNaN(bound)) waits.never++;
		else waits.boundUs.push(bound - pods.submitUs[pod]!);
	}
}

/** Most priorities that are told apart; of more, only the bands are. */
const MOST_PRIORITIES = 6;

/** A group of pods that is drawn by itself. */
export interface WaitGroup {
	readonly title: string;
	readonly has: (priority: number) => boolean;
}

/** Priorities from the highest down, or bands of them where there are many. */
export function waitGroups(variants: readonly WaitsByPriority[]): readonly WaitGroup[] {
	const priorities = [...new Set(variants.flatMap((waits) => [...waits.keys()]))].sort((a, b) => b - a);
	if (priorities.length <= MOST_PRIORITIES)
		return priorities.map((one) => ({ title: `priority ${one}`, has: (priority) => priority === one }));
	return [...new Set(priorities.map(bandOf))].map((band) => ({
		title: band,
		has: (priority) => bandOf(priority) === band,
	}));
}

/** The waits of a group, all in one. */
export function waitsOf(waits: WaitsByPriority, { has }: WaitGroup): Waits {
	const all: Waits = { boundUs: [], never: 0 };
	for (const [priority, { boundUs, never }] of waits) {
		if (!has(priority)) continue;
		for (const us of boundUs) all.boundUs.push(us);
		all.never += never;
	}
	return all;
}
