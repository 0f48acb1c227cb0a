/** The tasks of one service by slot, as they are seen, and what of them is too much. */
import type { Informers } from "../../informers.js";
import type { SwarmServiceSpec } from "../../kinds/swarm/service.js";
import { isActive, isTerminal, type Pod } from "../../pod.js";
import { byNumber } from "./slots.js";
import { isClean, isRunning, slotOf } from "./tasks.js";

/** Old tasks that a slot keeps. */
const HISTORY = 5;

export interface Tasks {
	/** By slot: those that shall run. */
	readonly live: Map<string, Pod[]>;
	/** By slot: those that ended by themselves, oldest first. */
	readonly ended: ReadonlyMap<string, readonly Pod[]>;
}

/** Those of the service with this uid. */
export function tasksOf(seen: Informers, uid: number): Tasks {
	const live = new Map<string, Pod[]>();
	const ended = new Map<string, Pod[]>();
	for (const object of seen.owned("Pod", uid).values()) {
		const task = object as Pod;
		const into = isActive(task) ? live : isTerminal(task.status.phase) ? ended : null;
		if (into === null) continue;
		const slot = slotOf(task);
		const tasks = into.get(slot);
		if (tasks === undefined) into.set(slot, [task]);
		else tasks.push(task);
	}
	return { live, ended };
}

/** Slots with tasks that are made from something else, in order. */
export function dirtySlots(live: Tasks["live"], spec: SwarmServiceSpec): readonly string[] {
	const dirty = [...live].filter(([, tasks]) => tasks.some((task) => !isClean(task, spec))).sort(byNumber);
	return dirty.map(([slot]) => slot);
}

/** Of several tasks in a slot one stays, unless it may have two; of old ones a few. */
export function surplusTasks(
	{ live, ended }: Tasks,
	spec: SwarmServiceSpec,
	mayHaveTwo: (slot: string) => boolean,
): readonly Pod[] {
	const better = (a: Pod, b: Pod) =>
		Number(isClean(b, spec)) - Number(isClean(a, spec)) ||
		Number(isRunning(b)) - Number(isRunning(a)) ||
		b.metadata.uid - a.metadata.uid;
	const surplus: Pod[] = [];
	for (const [slot, tasks] of live)
		if (tasks.length > 1 && !mayHaveTwo(slot)) surplus.push(...[...tasks].sort(better).slice(1));
	for (const tasks of ended.values())
		for (const task of tasks.slice(0, Math.max(0, tasks.length - HISTORY)))
			if (task.metadata.deletedUs === null) surplus.push(task);
	return surplus;
}
