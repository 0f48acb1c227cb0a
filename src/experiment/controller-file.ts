/** Controllers that somebody wrote in a file of their own (`spec.controllers`), with the kinds of objects that they bring. */
import type { MakeController } from "../control/controller.js";
import type { AnyControllerDefinition } from "../control/controller-definition.js";
import { builtInKinds } from "../control/kinds/index.js";
import type { AnyKind } from "../control/kinds/kind.js";
import type { RandomSource } from "../engine/random.js";
import { InputError } from "../objects/input-error.js";
import type { RunPlan } from "./plan.js";
import type { Spec } from "./registries.js";
import { type BundledFile, fileParams, importDefinition } from "./user-file.js";

/** What files bring to a control plane. */
export interface OwnControllers {
	readonly controllers: readonly MakeController[];
	readonly kinds: readonly AnyKind[];
}

/** The definition that a bundled file exports. InputError if it exports none, or a kind without a schema. */
export async function importController(bundled: BundledFile): Promise<AnyControllerDefinition> {
	const definition = await importDefinition<AnyControllerDefinition>(
		"controller",
		bundled,
		"export default defineController({ name, summary, create })",
	);
	for (const kind of definition.kinds ?? []) checkKind(bundled, kind);
	return definition;
}

function checkKind({ path }: BundledFile, { kind, spec }: Partial<AnyKind>): void {
	const what = `controller '${path}', kind '${kind}'`;
	if (typeof kind !== "string" || typeof spec?.safeParse !== "function")
		throw new InputError(`${what} is no kind: write defineKind({ kind, apiVersion, names, namespaced, spec, status })`);
	if (builtInKinds.some((builtIn) => builtIn.kind === kind))
		throw new InputError(`${what} is one of Kubernetes' own: give yours another name`);
}

/** Makes the controllers that the files of a plan define. */
export async function ownControllers(spec: Spec, plan: RunPlan, random: RandomSource): Promise<OwnControllers> {
	const controllers: MakeController[] = [];
	const kinds: AnyKind[] = [];
	for (const { name, path, params } of spec.controllers) {
		const bundled = plan.controllers!.find((controller) => controller.path === path)!;
		const definition = await importController(bundled);
		const streams: RandomSource = { stream: (stream) => random.stream(`control/own/${name}/${stream}`) };
		controllers.push(definition.create(fileParams("controller", definition, path!, params), { random: streams }));
		kinds.push(...(definition.kinds ?? []));
	}
	return { controllers, kinds };
}
