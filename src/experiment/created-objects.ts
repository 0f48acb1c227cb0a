/**
 * What an orchestrator would say of the objects that actions create: those of wrong shape, and those that its API refuses, whatever
 * happens on the cell, such as a circle of dependencies. It is tried before the run, so that a mistake has a place in the file.
 */
import { ApiServer } from "../control/api-server.js";
import type { DeclaredObject } from "../control/application.js";
import type { ApiFront } from "../control/control-plane.js";
import { orchestrators } from "../control/orchestrators/index.js";
import { type Mistake, validate } from "../objects/issues.js";
import { isMap } from "../objects/plain-data.js";
import type { Spec } from "./registries.js";

export function refusedCreations({ actions, orchestrator }: Spec): readonly Mistake[] {
	const { kinds, rehearsal } = orchestrators.all.get(orchestrator!.name)!;
	if (rehearsal === undefined) return tooNew(actions, orchestrator!);
	const server = new ApiServer({ nowUs: 0 });
	const front = rehearsal(orchestrator!.params)(server);
	const inOrder = [...actions.entries()].sort(([i, a], [j, b]) => a.at - b.at || i - j);
	return inOrder.flatMap(([i, action]): readonly Mistake[] => {
		if (action.action === "delete") front.delete(action.kind, `default/${action.name}`, { force: true });
		if (action.action !== "create") return [];
		const path = ["spec", "actions", i, "manifest"];
		const { kind, metadata, spec = {} } = action.manifest;
		const known = kinds.find((definition) => definition.kind === kind);
		const at = "value";
		if (known === undefined) {
			const names = kinds.map((definition) => definition.kind).join(", ");
			return [
				{ path: [...path, "kind"], at, message: `no matches for kind "${String(kind)}": expected one of ${names}` },
			];
		}
		const name = isMap(metadata) ? String(metadata["name"] ?? "") : "";
		const checked = validate(known.spec, spec, [...path, "spec"]);
		if (!checked.ok)
			return checked.mistakes.map((mistake) => ({ ...mistake, message: `${known.kind} ${name}: ${mistake.message}` }));
		const message = refusal(front, known.kind, name, checked.value, known.status);
		return message === null ? [] : [{ path, at, message }];
	});
}

/** What the version of the orchestrator does not have yet. */
function tooNew(actions: Spec["actions"], { name, params }: NonNullable<Spec["orchestrator"]>): readonly Mistake[] {
	const { refuses } = orchestrators.all.get(name)!;
	return actions.flatMap((action, i): readonly Mistake[] => {
		if (action.action !== "create" || refuses === undefined) return [];
		const object = action.manifest as unknown as DeclaredObject;
		return refuses(object, params).map(({ path, message }) => {
			const at = "value";
			return {
				path: ["spec", "actions", i, "manifest", ...path],
				at,
				message: `${object.kind} ${object.metadata.name}: ${message}`,
			};
		});
	});
}

/** Null if it would be taken. Deployments never end here, so that all is forced. */
function refusal(front: ApiFront, kind: string, name: string, spec: unknown, status: unknown): string | null {
	const metadata = { namespace: "default", name, annotations: { "cellsim.io/force": "true" } };
	const answer = front.create({ kind, metadata, spec, status });
	return answer.ok || answer.error.code !== 422 ? null : answer.error.message;
}
