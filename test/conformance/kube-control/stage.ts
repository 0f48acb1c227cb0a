/** What the actions of a scenario are played on. */
import type { Cell } from "../../../src/cell/cell.js";
import type { ControlPlane } from "../../../src/control/control-plane.js";
import type { Engine } from "../../../src/engine/engine.js";
import type { Scenario, TimelineEvent } from "./golden.js";
import type { Recorder } from "./record.js";

export interface Stage {
	readonly engine: Engine;
	readonly cell: Cell;
	readonly plane: ControlPlane;
	readonly scenario: Scenario;
	readonly recorder: Recorder;
}

/** Plays an action if it is one of its own, with objects of this namespace; whether it was. */
export type Actor = (stage: Stage, action: TimelineEvent, namespace: string) => boolean;

/** The key of our pod of the name, or of the one that was created as the same in turn as the recorded one; null if we have no such pod. */
export function podKeyOf({ plane, scenario, recorder }: Stage, recorded: string): string | null {
	// Pods of StatefulSets have names of their own.
	if (plane.server.get("Pod", `default/${recorded}`) !== undefined) return `default/${recorded}`;
	const created = (events: readonly TimelineEvent[]) => events.filter(({ k, op }) => k === "Pod" && op === "A");
	const turn = created(scenario.runs[0]!.events).findIndex(({ n }) => n === recorded);
	const ours = turn < 0 ? undefined : created(recorder.events)[turn];
	return ours === undefined ? null : `default/${ours.n}`;
}
