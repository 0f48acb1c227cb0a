/** What the driver did to objects of any kind: as with kubectl, by the names that it knows kinds by. */

import { mistakesText } from "../../../src/control/control-plane.js";
import { FOREGROUND, ORPHAN } from "../../../src/control/controllers/garbage-collector.js";
import { builtInKinds } from "../../../src/control/kinds/index.js";
import type { AnyKind } from "../../../src/control/kinds/kind.js";
import { InputError } from "../../../src/objects/input-error.js";
import type { TimelineEvent } from "./golden.js";
import type { Actor, Stage } from "./stage.js";

/** The driver's words for how what an object owns goes. */
const FINALIZERS: Readonly<Record<string, readonly string[]>> = {
	Background: [],
	Foreground: [FOREGROUND],
	Orphan: [ORPHAN],
};

export const objectActions: Actor = (stage, action, namespace) => {
	const [verb, what = "", name = ""] = action.do!.split(" ");
	if (verb === "create") return create(stage, action, namespace);
	const kind = builtInKinds.find(({ names }) => names.includes(what));
	if (kind === undefined || (verb !== "patch" && verb !== "delete")) return false;
	const key = name === "" ? onlyOne(stage, kind, namespace) : keyIn(kind, namespace, name);
	if (verb === "delete") {
		const finalizers = FINALIZERS[String(action["propagation"] ?? "Background")]!;
		stage.plane.delete(kind.kind, key, { finalizers });
		return true;
	}
	const result = stage.plane.patch(kind.kind, key, action["patch"]);
	if ("mistakes" in result) throw new InputError(`${action.do}: ${mistakesText(result)}`);
	return true;
};

function create({ plane, scenario, recorder }: Stage, action: TimelineEvent, namespace: string): boolean {
	const manifest = scenario.manifests.find(({ id }) => id === action["manifest"])?.object;
	if (manifest === undefined) return false;
	// Classes of priority are there from the beginning.
	if (!builtInKinds.some(({ kind }) => kind === manifest["kind"])) return true;
	const metadata = { ...(manifest["metadata"] as object), namespace };
	const result = plane.create({ ...manifest, metadata });
	if ("mistakes" in result) throw new InputError(`${action.do}: ${mistakesText(result)}`);
	if (!result.ok) recorder.action(`ERROR ${action.do}`, { err: result.error.message });
	return true;
}

function keyIn({ namespaced }: AnyKind, namespace: string, name: string): string {
	return `${namespaced ? namespace : ""}/${name}`;
}

/** The driver names no object where there is one of its kind: or the namespace that it works in. */
function onlyOne({ plane }: Stage, kind: AnyKind, namespace: string): string {
	if (kind.kind === "Namespace") return keyIn(kind, namespace, namespace);
	const mine = [...plane.server.list(kind.kind)].filter(({ metadata }) => metadata.namespace === namespace);
	return keyIn(kind, namespace, mine[0]?.metadata.name ?? "");
}
