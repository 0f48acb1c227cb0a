/** What the driver did to nodes with kubectl: labels, cordon, drain. A cordon was the beginning of a drain. */
import type { ApiResult } from "../../../src/control/api-server.js";
import type { Raw } from "./golden.js";
import type { Actor, Stage } from "./stage.js";

export const nodePatches: Actor = (stage, action) => {
	const [verb, what, name = ""] = action.do!.split(" ");
	if (verb !== "patch" || what !== "node") return false;
	const patch = action["patch"] as { readonly spec?: Raw };
	if (patch.spec?.["unschedulable"] === true) stage.plane.drain(name, (pod, result) => note(stage, pod, result));
	else stage.plane.patch("Node", `/${name}`, patch);
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
