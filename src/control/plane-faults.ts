/** Replicas of a control plane that fail and come back at given times. */
import type { Engine } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import type { ControlPlane } from "./control-plane.js";
import type { PlanePart } from "./plane-components.js";

export interface PlaneFault {
	readonly atUs: SimTime;
	/** Or they come back. */
	readonly fails: boolean;
	readonly component: PlanePart;
	/** Infinity for all. */
	readonly replicas: number;
	/** Whether a leader hands its lease back before it goes. */
	readonly releases: boolean;
}

/** Schedules the faults; those of one instant in their order. Without any there is no kind of event for them. */
export function schedulePlaneFaults(
	engine: Engine,
	plane: ControlPlane,
	phase: number,
	faults: readonly PlaneFault[],
): void {
	if (faults.length === 0) return;
	const kind = engine.kind("plane-fault", phase, (index) => {
		const { fails, component, replicas, releases } = faults[index]!;
		if (fails) plane.fail(component, replicas, releases);
		else plane.recover(component, replicas);
	});
	faults.forEach(({ atUs }, index) => {
		engine.schedule(atUs, kind, index);
	});
}
