/** Repeats of a scenario that ran in one cluster at the same time: each saw what was done to the nodes for the others. */
import type { Scenario, TimelineEvent } from "./golden.js";

export interface Action {
	readonly event: TimelineEvent;
	/** Milliseconds from the start of the first repeat. */
	readonly t: number;
	/** Of which repeat, from 0. */
	readonly repeat: number;
}

/** What a repeat, from 0, has its objects in. */
export function namespaceOf(repeat: number): string {
	return repeat === 0 ? "default" : `repeat-${repeat}`;
}

/** The driver waits for the answer of one command before the next. */
const ROW_MS = 100;

/** By the README of the recordings. */
const TOGETHER = /^(node|podgc)-/;

/** Whether its repeats ran in one cluster: what was done for the others goes on when the first is over. */
export function runsBesideOthers({ scenario }: Scenario): boolean {
	return TOGETHER.test(scenario);
}

/** Of the first repeat, and of those that ran beside it, in order of time. What is created in a row is created at once: who is first is chance. */
export function actionsOf(scenario: Scenario): readonly Action[] {
	const { runs } = scenario;
	const startMs = dayMs(runs[0]!.t0UTC);
	const together = runsBesideOthers(scenario) ? runs : runs.slice(0, 1);
	const endMs = runs[0]!.events.at(-1)!.t;
	return together
		.flatMap(({ events, t0UTC }, repeat) => {
			const actions = events.filter(({ k }) => k === "ACTION");
			return actions.map((event, i) => ({
				event,
				t: lastInRow(actions, i) + dayMs(t0UTC) - startMs,
				repeat,
			}));
		})
		.filter(({ t }) => t >= 0 && t <= endMs)
		.sort((a, b) => a.t - b.t || a.repeat - b.repeat);
}

function lastInRow(actions: readonly TimelineEvent[], i: number): number {
	const [{ t, ...one }, next] = [actions[i]!, actions[i + 1]];
	if (next === undefined || next.t - t >= ROW_MS) return t;
	return creates(one.do) && creates(next.do) ? lastInRow(actions, i + 1) : t;
}

function creates(what: string | undefined): boolean {
	return what?.startsWith("create ") === true;
}

function dayMs(clock: string): number {
	return Date.parse(`1970-01-01T${clock}Z`);
}
