/** What the driver did to nodes with kubectl: labels, cordon, drain. A cordon that evictions follow was the beginning of a drain. */
import type { ApiResult } from "../../../src/control/api-server.js";
import type { Raw, Scenario, TimelineEvent } from "./golden.js";
import { type Actor, podKeyOf, type Stage } from "./stage.js";

export const nodePatches: Actor = (stage, action) => {
	const [verb, what, name = ""] = action.do!.split(" ");
	if (verb !== "patch" || what !== "node") return false;
	const patch = action["patch"] as { readonly spec?: Raw };
	if (patch.spec?.["unschedulable"] === true && drains(stage.scenario, action))
		stage.plane.drain(name, (pod, result) => note(stage, pod, result));
	else stage.plane.patch("Node", `/${name}`, patch);
	return true;
};

/** Whether the next thing that the driver told of was an eviction. */
function drains({ runs }: Scenario, cordon: TimelineEvent): boolean {
	const actions = runs.flatMap(({ events }) => events.filter(({ k }) => k === "ACTION"));
	return /^(evict|drain)/.test(actions[actions.indexOf(cordon) + 1]?.do ?? "");
}

/** Evictions that the driver asked for one by one. */
export const evictions: Actor = (stage, action) => {
	const pod = /^evict(?: \w+)? pod (\S+)$/.exec(action.do!)?.[1];
	if (pod === undefined) return false;
	const key = podKeyOf(stage, pod);
	if (key !== null) stage.plane.evictions.evict(key, (result) => note(stage, key, result));
	return true;
};

function note({ recorder }: Stage, key: string, result: ApiResult): void {
	const pod = key.slice("default/".length);
	if (result.ok) recorder.action("evict ok", { pod });
	else
		recorder.action("evict refused", {
			pod,
			code: result.error.code,
			err: result.error.message,
			details: { causes: [{ reason: "DisruptionBudget", message: result.error.cause }] },
		});
}
