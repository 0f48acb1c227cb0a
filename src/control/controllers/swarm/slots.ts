/** Which slots of a replicated service go when there are too many, and which come. Source: SwarmKit manager/orchestrator/services.go. */
import type { Pod } from "../../pod.js";
import { isRunning } from "./tasks.js";

/**
 * The `surplus` slots to give up: those without a running task first, then those on nodes that have most tasks of the service. Among
 * equals the highest number goes.
 */
export function slotsToRemove(slots: ReadonlyMap<string, readonly Pod[]>, surplus: number): readonly string[] {
	const onNode = new Map<string, number>();
	const ranked = [...slots].sort(byNumber).map(([slot, tasks]) => {
		const running = tasks.find(isRunning);
		const node = (running ?? tasks[0])?.spec.nodeName ?? "";
		const before = onNode.get(node) ?? 0;
		if (running !== undefined) onNode.set(node, before + 1);
		return { slot, runs: running !== undefined, before };
	});
	ranked.sort((a, b) => Number(a.runs) - Number(b.runs) || b.before - a.before || Number(b.slot) - Number(a.slot));
	return ranked.slice(0, surplus).map(({ slot }) => slot);
}

/** The lowest `missing` numbers that no slot has. */
export function slotsToAdd(taken: (slot: string) => boolean, missing: number): readonly string[] {
	const added: string[] = [];
	for (let number = 1; added.length < missing; number++) if (!taken(String(number))) added.push(String(number));
	return added;
}

export function byNumber([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
	return Number(a) - Number(b) || (a < b ? -1 : 1);
}
