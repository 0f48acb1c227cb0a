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

/** Plays an action if it is one of its own; whether it was. */
export type Actor = (stage: Stage, action: TimelineEvent) => boolean;

/** The key of our pod that was created as the same one in turn as the recorded pod of a name; null if we have no such pod. */
export function podKeyOf({ scenario, recorder }: Stage, recorded: string): string | null {
	const created = (events: readonly TimelineEvent[]) => events.filter(({ k, op }) => k === "Pod" && op === "A");
	const turn = created(scenario.runs[0]!.events).findIndex(({ n }) => n === recorded);
	const ours = turn < 0 ? undefined : created(recorder.events)[turn];
	return ours === undefined ? null : `default/${ours.n}`;
}
