/** What the driver did to single pods. */
import type { ApiObject } from "../../../src/control/api-object.js";
import { mergePatch } from "../../../src/control/merge-patch.js";
import type { Raw } from "./golden.js";
import { type Actor, podKeyOf } from "./stage.js";

const EXPECTED = new Set(["delete", "relabel", "fail", "patch"]);

export const podActions: Actor = (stage, action) => {
	const [verb = "", what, name = ""] = action.do!.split(" ");
	if (what !== "pod" || !EXPECTED.has(verb)) return false;
	const key = podKeyOf(stage, name);
	if (key === null) return true;
	const { server } = stage.plane;
	if (verb === "delete") server.delete("Pod", key);
	else if (verb === "patch")
		server.patch("Pod", key, (pod) => mergePatch(pod, { metadata: (action["patch"] as Raw)["metadata"] }) as ApiObject);
	else if (verb === "relabel")
		server.patch("Pod", key, (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: "other" } } }));
	else
		server.patch("Pod", key, (pod) => ({
			...pod,
			status: { ...(pod.status as object), phase: "Failed" },
		}));
	return true;
};
