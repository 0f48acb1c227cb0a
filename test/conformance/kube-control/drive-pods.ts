/** What the driver did to single pods. */
import { type Actor, podKeyOf } from "./stage.js";

const EXPECTED = new Set(["delete", "relabel", "fail"]);

export const podActions: Actor = (stage, action) => {
	const [verb = "", what, name = ""] = action.do!.split(" ");
	if (what !== "pod" || !EXPECTED.has(verb)) return false;
	const key = podKeyOf(stage, name);
	if (key === null) return true;
	const { server } = stage.plane;
	if (verb === "delete") server.delete("Pod", key);
	else if (verb === "relabel")
		server.patch("Pod", key, (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: "other" } } }));
	else
		server.patch("Pod", key, (pod) => ({
			...pod,
			status: { ...(pod.status as object), phase: "Failed" },
		}));
	return true;
};
