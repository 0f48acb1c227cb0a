/** What users do to a control plane at given times, as with kubectl. */
import type { Engine } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import type { Metadata } from "./api-object.js";
import type { ApiResult } from "./api-server.js";
import type { ControlPlane, Refused } from "./control-plane.js";

export type UserAction = { readonly atUs: SimTime } & (
	| { readonly action: "create"; readonly manifest: unknown }
	/** A strategic merge patch of the manifest. */
	| { readonly action: "patch"; readonly kind: string; readonly key: string; readonly patch: unknown }
	| { readonly action: "delete"; readonly kind: string; readonly key: string; readonly force?: boolean }
	| { readonly action: "drain"; readonly node: string }
	| {
			readonly action: "upgrade";
			readonly selects: (node: Pick<Metadata, "name" | "labels">) => boolean;
			readonly atOnce: number;
			readonly takesUs: SimTime;
	  }
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
		const result = perform(plane, action);
		if (result !== null) done(action, result);
	});
	actions.forEach(({ atUs }, index) => {
		engine.schedule(atUs, kind, index);
	});
}

/** Null for what goes on from now on. */
function perform(plane: ControlPlane, action: UserAction): ApiResult | Refused | null {
	switch (action.action) {
		case "create":
			return plane.create(action.manifest);
		case "patch":
			return plane.patch(action.kind, action.key, action.patch);
		case "delete":
			return plane.delete(action.kind, action.key, { force: action.force === true });
		case "drain":
			return plane.drain(action.node);
		case "upgrade": {
			const { selects, atOnce, takesUs } = action;
			const nodes = [...plane.server.list("Node")].map(({ metadata }) => metadata).filter(selects);
			if (nodes.length === 0) return { mistakes: [{ path: ["nodes"], at: "value", message: "no such node" }] };
			plane.upgrade({ nodes: nodes.map(({ name }) => name), atOnce, takesUs });
			return null;
		}
	}
}
