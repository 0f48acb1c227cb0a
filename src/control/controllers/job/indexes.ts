/** Completion indexes of Indexed Jobs, and how a status writes sets of them. Source: pkg/controller/job (indexed_job_utils.go). */
import type { Pod } from "../../pod.js";

export const INDEX = "batch.kubernetes.io/job-completion-index";
/** How often pods of its index had failed before a pod was made. */
export const INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";

/** And how often in ways that do not count. */
export const INDEX_IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count";

/** The index that a pod is for; -1 for none. */
export function indexOf({ metadata }: Pod): number {
	const noted = metadata.annotations[INDEX];
	return noted === undefined ? -1 : Number(noted);
}

/** Earlier failures of its index, those that do not count among them. */
export function endsBefore(pod: Pod): number {
	return failuresBefore(pod) + ignoredBefore(pod);
}

export function ignoredBefore({ metadata }: Pod): number {
	return Number(metadata.annotations[INDEX_IGNORED] ?? 0);
}

/** Earlier failures of its index that count. */
export function failuresBefore({ metadata }: Pod): number {
	return Number(metadata.annotations[INDEX_FAILURES] ?? 0);
}

/** `0,1,3-5` to numbers. */
export function parseIndexes(text: string): readonly number[] {
	if (text === "") return [];
	return text.split(",").flatMap((part) => {
		const [first = 0, last = first] = part.split("-").map(Number);
		return Array.from({ length: last - first + 1 }, (_, i) => first + i);
	});
}

/** Numbers to `0,1,3-5`: three or more in a row are a range. */
export function formatIndexes(indexes: Iterable<number>): string {
	const sorted = [...new Set(indexes)].sort((a, b) => a - b);
	const parts: string[] = [];
	for (let from = 0; from < sorted.length; ) {
		let to = from;
		while (to + 1 < sorted.length && sorted[to + 1] === sorted[to]! + 1) to++;
		const separator = to - from > 1 ? "-" : ",";
		parts.push(to === from ? `${sorted[from]}` : `${sorted[from]}${separator}${sorted[to]}`);
		from = to + 1;
	}
	return parts.join(",");
}

/** The `count` lowest indexes below `completions` that are not `taken`. */
export function firstFree(taken: ReadonlySet<number>, count: number, completions: number): readonly number[] {
	const free: number[] = [];
	for (let index = 0; index < completions && free.length < count; index++) if (!taken.has(index)) free.push(index);
	return free;
}
