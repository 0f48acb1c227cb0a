/** Documents beside the experiment that only a control plane does anything with: Deployments and their like. */
import { builtInKinds } from "../../control/kinds/index.js";
import { type AnyKind, specIn } from "../../control/kinds/kind.js";
import { type Mistake, validate } from "../../objects/issues.js";
import { USED_KINDS } from "../../objects/manifest.js";
import { isMap, type PlainMap } from "../../objects/plain-data.js";

/** What becomes of these is the cell's business, with or without a control plane. */
const OF_THE_CELL: ReadonlySet<string> = new Set(["Node", "Pod"]);
const KINDS: ReadonlyMap<string, AnyKind> = new Map(
	builtInKinds.filter(({ kind }) => !OF_THE_CELL.has(kind)).map((kind) => [kind.kind, kind]),
);

/** What is right or wrong with these is said by whoever reads them. */
const READ_ELSEWHERE: ReadonlySet<string> = new Set([...USED_KINDS, "PodTemplate"]);

export interface ControlObject {
	readonly object: PlainMap;
	/** From the top of its document. */
	readonly path: readonly PropertyKey[];
}

/** Whether objects of the kind are the control plane's. */
export function isControlled(kind: string): boolean {
	return KINDS.has(kind);
}

/** Those in some documents, in order; items of lists, too. `own`: kinds that controllers of the user's bring. */
export function controlObjects(documents: readonly unknown[], own: readonly AnyKind[] = []): readonly ControlObject[] {
	const kinds = new Map([...KINDS, ...byName(own)]);
	return documents.flatMap((document) => objectsIn(document, [], kinds));
}

/** What is wrong with those in a document. `orchestrated`: whether the experiment has an orchestrator. */
export function controlMistakes(document: unknown, orchestrated: boolean): readonly Mistake[] {
	return objectsIn(document, [], KINDS).flatMap(({ object, path }): readonly Mistake[] => {
		const kind = KINDS.get(String(object["kind"]))!;
		// Schedulers look at some of them, whoever made their pods.
		if (!orchestrated && USED_KINDS.includes(kind.kind)) return [];
		if (!orchestrated) {
			const message = `${kind.apiVersion} ${kind.kind} needs controllers: add spec.orchestrator: kubernetes`;
			return [{ path, at: "value", message }];
		}
		return mistakesOf(kind, object, path);
	});
}

/**
 * What is wrong with objects in a document of kinds that nothing here knows but controllers of the user's: those that they do not
 * know either are mistakes too.
 */
export function ownMistakes(document: unknown, own: readonly AnyKind[]): readonly Mistake[] {
	const kinds = byName(own);
	return objectsIn(document, [], null).flatMap(({ object, path }): readonly Mistake[] => {
		const name = String(object["kind"]);
		const kind = kinds.get(name);
		if (kind !== undefined) return mistakesOf(kind, object, path);
		if (KINDS.has(name) || READ_ELSEWHERE.has(name)) return [];
		const expected = [...kinds.keys(), ...USED_KINDS].join(", ");
		return [{ path, at: "value", message: `kind ${name} is not used here: expected one of ${expected}` }];
	});
}

/** By the schema of its kind. */
function mistakesOf(kind: AnyKind, object: PlainMap, path: readonly PropertyKey[]): readonly Mistake[] {
	const { metadata } = object;
	const written = specIn(kind, object);
	const unnamed = !isMap(metadata) || typeof metadata["name"] !== "string" || metadata["name"] === "";
	const subject = `${kind.kind} ${unnamed ? "" : String(metadata["name"])}`.trim();
	const checked = validate(kind.spec, written.spec, [...path, ...written.path]);
	const mistakes: readonly Mistake[] = checked.ok ? [] : checked.mistakes;
	const named: readonly Mistake[] = unnamed
		? [{ path, at: "value", message: `${subject}: an object needs a name: write metadata.name` }]
		: [];
	const notes = isMap(metadata) && isMap(metadata["annotations"]) ? metadata["annotations"] : {};
	const noted = kind.checkMetadata?.({ labels: {}, annotations: notes as Readonly<Record<string, string>> }) ?? [];
	const misnoted = noted.map((mistake) => ({ ...mistake, path: [...path, "metadata", ...mistake.path] }));
	return [
		...named,
		...[...misnoted, ...mistakes].map((mistake) => ({ ...mistake, message: `${subject}: ${mistake.message}` })),
	];
}

function byName(kinds: readonly AnyKind[]): ReadonlyMap<string, AnyKind> {
	return new Map(kinds.map((kind) => [kind.kind, kind]));
}

/** Of `kinds`, or of all if null. */
function objectsIn(
	value: unknown,
	path: readonly PropertyKey[],
	kinds: ReadonlyMap<string, AnyKind> | null,
): readonly ControlObject[] {
	if (!isMap(value)) return [];
	const { kind, items } = value;
	if (typeof kind !== "string") return [];
	if (kind.endsWith("List") && Array.isArray(items))
		return items.flatMap((item: unknown, i) => objectsIn(item, [...path, "items", i], kinds));
	return kinds === null || kinds.has(kind) ? [{ object: value, path }] : [];
}
