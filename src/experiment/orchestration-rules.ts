/** Rules about what is asked of an orchestrator: applications, actions on them, objects that it may not know. */
import { orchestrators } from "../control/orchestrators/index.js";
import { type Mistake, validate } from "../objects/issues.js";
import { valueAt } from "../objects/plain-data.js";
import { suggest } from "../objects/suggest.js";
import { objectsOf } from "./control.js";
import { refusedCreations } from "./created-objects.js";
import type { Spec } from "./registries.js";

/** `controlled`: kinds of the objects that the file declares to a control plane. */
export function orchestrationMistakes(spec: Spec, controlled: readonly string[]): readonly Mistake[] {
	const { applications, actions, orchestrator } = spec;
	if (orchestrator === undefined)
		return (["applications", "actions"] as const).flatMap((key): readonly Mistake[] => {
			if (spec[key].length === 0) return [];
			const message =
				key === "actions"
					? "actions are done to a control plane: add spec.orchestrator: kubernetes"
					: "applications are run by an orchestrator: add spec.orchestrator: kubernetes";
			return [{ path: ["spec", key], at: "key", message }];
		});
	return [
		...unknownKinds(orchestrator, controlled),
		...applications.flatMap((_, i) => refusedApplication(spec, i)),
		...actions.flatMap((_, i) => unknownApplication(spec, i)),
		...refusedCreations(spec),
	];
}

/** Objects beside the experiment are Kubernetes'; another orchestrator has kinds of its own. */
function unknownKinds({ name }: NonNullable<Spec["orchestrator"]>, controlled: readonly string[]): readonly Mistake[] {
	const kinds = orchestrators.all.get(name)!.kinds.map(({ kind }) => kind);
	const native = name === "kubernetes" || controlled.length === 0;
	if (native) return [];
	const unknown = [...new Set(controlled)].join(", ");
	const message = `${name} has no use for Kubernetes objects (${unknown}) beside the experiment: declare applications, or create ${kinds.join(", ")} by actions`;
	return [{ path: ["spec", "orchestrator"], at: "value", message }];
}

/** What the orchestrator would say of the objects that an application is. */
function refusedApplication({ applications, orchestrator }: Spec, i: number): readonly Mistake[] {
	const application = applications[i]!;
	const { kinds, block, refuses } = orchestrators.all.get(orchestrator!.name)!;
	return objectsOf(application, orchestrator!).flatMap((object, o): readonly Mistake[] => {
		const { kind, spec, metadata } = object;
		const definition = kinds.find((known) => known.kind === kind)!;
		const checked = validate(definition.spec, spec, ["spec"]);
		const refused = checked.ok ? (refuses?.(object, orchestrator!.params) ?? []) : checked.mistakes;
		return refused.map((refusal): Mistake => {
			const mistake = { at: "value" as const, ...refusal };
			const written = o === 0 ? reached(application[block], mistake.path) : [];
			const path = ["spec", "applications", i, ...(written.length === 0 ? [] : [block, ...written])];
			return { ...mistake, path, message: `${kind} ${metadata.name}: ${mistake.message}` };
		});
	});
}

/** As much of a path as leads somewhere. */
function reached(tree: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] {
	for (let length = path.length; length > 0; length--)
		if (valueAt(tree, path.slice(0, length)) !== undefined) return path.slice(0, length);
	return [];
}

function unknownApplication({ applications, actions }: Spec, i: number): readonly Mistake[] {
	const action = actions[i]!;
	if (!("application" in action) || action.application === undefined) return [];
	const names = applications.map(({ name }) => name);
	if (names.includes(action.application)) return [];
	const hint = suggest(action.application, names, "applications");
	const message = `'${action.application}' is not an application of this file`;
	return [{ path: ["spec", "actions", i, "application"], at: "value", message, ...(hint !== undefined && { hint }) }];
}
