/** Rules about failures and allocs that the schema of no part of an experiment can know. */
import type { Mistake } from "../objects/issues.js";
import { suggest } from "../objects/suggest.js";
import type { Spec } from "./registries.js";

/** What fails by chance does so for ever. */
export function failuresWithoutEnd({ failures, clock }: Spec): readonly Mistake[] {
	if (failures === undefined || clock.end !== undefined) return [];
	const goesOn = failures.machines ?? failures.maintenance ?? failures.domains[0];
	if (goesOn === undefined) return [];
	const message = "machines fail and are maintained for ever: give the experiment an end (clock.end)";
	return [{ path: ["spec", "failures"], at: "key", message }];
}

/** Allocs are offered and used by generated workloads, on machines that are not simulated in full. */
export function unfitAllocs({ workloads, node }: Spec): readonly Mistake[] {
	const generated = workloads.flatMap((workload, i) => ("source" in workload ? [] : [{ sim: workload.sim, i }]));
	const sets = generated.flatMap(({ sim }) => sim.allocSet ?? []);
	return generated.flatMap(({ sim: { allocSet, inAllocSet }, i }): Mistake[] => {
		const path = ["spec", "workloads", i, "sim"];
		if (allocSet !== undefined && node.machine !== undefined) {
			const message = "allocs are no machines in full: leave spec.node.machine out, or allocSet";
			return [{ path: [...path, "allocSet"], at: "key", message }];
		}
		if (inAllocSet === undefined || sets.includes(inAllocSet)) return [];
		const hint = suggest(inAllocSet, sets, "alloc sets");
		const message = `no workload of this file offers allocs of a set '${inAllocSet}' (sim.allocSet)`;
		return [{ path: [...path, "inAllocSet"], at: "value", message, ...(hint === undefined ? {} : { hint }) }];
	});
}
