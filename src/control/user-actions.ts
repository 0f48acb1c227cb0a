/** What users do to a control plane at given times, as with kubectl. */
import type { Engine } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import type { ApiResult } from "./api-server.js";
import type { ControlPlane, Refused } from "./control-plane.js";

export type UserAction = { readonly atUs: SimTime } & (
	| { readonly action: "create"; readonly manifest: unknown }
	/** A strategic merge patch of the manifest. */
	| { readonly action: "patch"; readonly kind: string; readonly key: string; readonly patch: unknown }
	| { readonly action: "delete"; readonly kind: string; readonly key: string }
	| { readonly action: "drain"; readonly node: string }
);

/** Hears what became of each action. */
export type ActionDone = (action: UserAction, result: ApiResult | Refused) => void;

/** Schedules the actions; those of one instant in their order. */
export function scheduleActions(
	engine: Engine,
	plane: ControlPlane,
	phase: number,
	actions: readonly UserAction[],
	done: ActionDone,
): void {
	const kind = engine.kind("user-action", phase, (index) => {
		const action = actions[index]!;
		done(action, perform(plane, action));
	});
	actions.forEach(({ atUs }, index) => {
		engine.schedule(atUs, kind, index);
	});
}

function perform(plane: ControlPlane, action: UserAction): ApiResult | Refused {
	switch (action.action) {
		case "create":
			return plane.create(action.manifest);
		case "patch":
			return plane.patch(action.kind, action.key, action.patch);
		case "delete":
			return plane.delete(action.kind, action.key);
		case "drain":
			return plane.drain(action.node);
	}
}
