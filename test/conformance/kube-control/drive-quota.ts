/** Pods that the driver created itself, and what it was told. */
import type { Pod } from "../../../src/control/pod.js";
import type { Raw } from "./golden.js";
import type { Actor } from "./stage.js";

export const podCreations: Actor = ({ plane, scenario, recorder }, action) => {
	const [verb, what, name = ""] = action.do!.split(" ");
	if (verb !== "create" || what !== "pod") return false;
	const result = plane.create(scenario.manifests.find(({ id }) => id === action["manifest"])!.object);
	if ("mistakes" in result) throw new Error(result.mistakes.map(({ message }) => message).join("; "));
	if (!result.ok) recorder.action(`ERROR create pod ${name}`, { err: result.error.message });
	else recorder.action(`created ${name}`, { resources: resourcesOf(result.object as Pod) });
	return true;
};

function resourcesOf({ spec }: Pod): Raw {
	const [container] = spec.template.spec["containers"] as readonly { readonly resources: Record<string, Raw> }[];
	return Object.fromEntries(["limits", "requests"].map((what) => [what, sorted(container!.resources[what] ?? {})]));
}

function sorted(map: Raw): Raw {
	return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
