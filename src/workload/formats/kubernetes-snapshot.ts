/**
 * What manifests declare, read from files: nodes, pods, and what else decides where pods may go, with the place of each in the text.
 */
import { readFileSync, statSync } from "node:fs";
import { type ParsedText, parseDocuments } from "../../objects/documents.js";
import { InputError, type InputPosition } from "../../objects/input-error.js";
import { formatPath } from "../../objects/issues.js";
import { type InvalidManifest, type Manifest, mistakeText, readManifests } from "../../objects/manifest.js";
import { type NodeManifest, nodeFromManifest } from "../../objects/node.js";
import { isFinished, type PodManifest, type PodRecord, podFromManifest } from "../../objects/pod.js";
import type { PriorityClass } from "../../objects/priority-class.js";
import type { NodeSpec } from "../../objects/spec.js";
import { nearest } from "../../objects/suggest.js";
import type { FoundObject } from "../arrivals.js";
import { unreadable } from "../inputs.js";

export interface SnapshotPod {
	readonly file: string;
	readonly record: PodRecord;
	/** Where its node is named. Slow the first time, so for messages only. */
	nodePosition(): InputPosition;
}

export interface Snapshot {
	readonly nodes: readonly NodeSpec[];
	/** In order of files and documents. */
	readonly pods: readonly SnapshotPod[];
	readonly objects: readonly FoundObject[];
	readonly ignored: readonly { readonly file: string; readonly kind: string; readonly name: string }[];
}

/**
 * Reads the files. Two readings of the same files one after the other are one: an experiment reads its nodes and its pods from one
 * dump, which may be large. InputError: what is wrong in the text; a name used twice; a pod on a node that is not there.
 */
export function readSnapshot(files: readonly string[]): Snapshot {
	const key = files.map(stampOf).join("\0");
	if (latest?.key !== key) latest = { key, snapshot: read(files) };
	return latest.snapshot;
}

let latest: { readonly key: string; readonly snapshot: Snapshot } | null = null;

/** Changes when the file does. */
function stampOf(file: string): string {
	try {
		const { ino, size, mtimeMs, ctimeMs } = statSync(file);
		return [file, ino, size, mtimeMs, ctimeMs].join(" ");
	} catch (error) {
		throw unreadable(file, error);
	}
}

/** Where an object stands. */
interface Place {
	readonly text: ParsedText;
	/** Counts from 0. */
	readonly document: number;
	readonly path: readonly PropertyKey[];
}

interface Declared<Thing> {
	readonly thing: Thing;
	readonly place: Place;
}

function read(files: readonly string[]): Snapshot {
	const nodes: Declared<NodeManifest>[] = [];
	const pods: Declared<PodManifest>[] = [];
	const classes: Declared<PriorityClass>[] = [];
	const objects: Declared<FoundObject>[] = [];
	const ignored: { file: string; kind: string; name: string }[] = [];
	for (const { thing: object, place } of objectsOf(files)) {
		switch (object.kind) {
			case "Node":
				nodes.push({ thing: object.manifest, place });
				break;
			case "Pod":
				pods.push({ thing: object.manifest, place });
				break;
			case "PriorityClass":
				classes.push({ thing: object.manifest, place });
				break;
			case "cluster": {
				const { file } = place.text;
				objects.push({ thing: { file, object: object.object, name: object.name }, place });
				break;
			}
			case "PodTemplate":
				ignored.push({ file: place.text.file, kind: "v1 PodTemplate", name: object.manifest.metadata.name });
				break;
			case "ignored":
				ignored.push({ file: place.text.file, kind: object.ignoredKind, name: object.name });
				break;
			case "invalid":
				refuse(object, place);
		}
	}
	refuseTwins("Node", nodes, (node) => node.metadata.name);
	refuseTwins("Pod", pods, ({ metadata }) => `${metadata.namespace}/${metadata.name}`);
	refuseTwins("PriorityClass", classes, (priorityClass) => priorityClass.name);
	for (const kind of new Set(objects.map(({ thing }) => thing.object.kind)))
		refuseTwins(
			kind,
			objects.filter(({ thing }) => thing.object.kind === kind),
			({ name }) => name,
		);
	const priorityClasses = classes.map(({ thing }) => thing);
	refuseMissingNodes(nodes, pods);
	return {
		nodes: nodes.map(({ thing }) => nodeFromManifest(thing)),
		pods: pods.map((pod) => ({
			file: pod.place.text.file,
			record: recordOf(pod, priorityClasses),
			nodePosition: () => positionIn(pod.place, ["spec", "nodeName"]),
		})),
		objects: objects.map(({ thing }) => thing),
		ignored,
	};
}

function refuse(found: Manifest & InvalidManifest, { text, document }: Place): never {
	const errors = found.mistakes.map(
		(mistake) => new InputError(mistakeText(found, mistake), text.position(document, mistake.path, mistake.at)),
	);
	const [first, ...others] = errors;
	throw new InputError(first!.message, first!.position, others);
}

function* objectsOf(files: readonly string[]): Generator<Declared<Manifest>> {
	for (const file of files) {
		const text = parseDocuments(readText(file), file);
		for (const [document, value] of text.documents.entries()) {
			for (const object of readManifests(value)) yield { thing: object, place: { text, document, path: object.path } };
		}
	}
}

function readText(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw unreadable(file, error);
	}
}

function refuseTwins<Thing>(
	kind: string,
	declared: readonly Declared<Thing>[],
	nameOf: (thing: Thing) => string,
): void {
	const places = new Map<string, Place>();
	for (const { thing, place } of declared) {
		const name = nameOf(thing);
		const first = places.get(name);
		if (first === undefined) {
			places.set(name, place);
			continue;
		}
		const { file, line } = positionIn(first, ["metadata", "name"]);
		throw new InputError(
			`${kind} '${name}' is declared twice: first at ${file}:${line} (document ${first.document + 1}), again here (document ${place.document + 1}); rename one of them or take it out`,
			positionIn(place, ["metadata", "name"]),
		);
	}
}

/** Where the files hold any nodes, they hold all. Pods that have ended may have outlived theirs. */
function refuseMissingNodes(nodes: readonly Declared<NodeManifest>[], pods: readonly Declared<PodManifest>[]): void {
	const names = new Set(nodes.map(({ thing }) => thing.metadata.name));
	if (names.size === 0) return;
	for (const { thing, place } of pods) {
		const { metadata, spec, status } = thing;
		if (spec.nodeName === "" || names.has(spec.nodeName) || isFinished(status)) continue;
		const subject = `Pod ${metadata.namespace}/${metadata.name}`;
		const near = nearest(spec.nodeName, names);
		const hint = near === null ? "add the node, or take the pod out" : `did you mean '${near}'?`;
		const message = `${subject} (document ${place.document + 1}): spec.nodeName: there is no node '${spec.nodeName}'; ${hint}`;
		throw new InputError(message, positionIn(place, ["spec", "nodeName"]));
	}
}

function positionIn(place: Place, path: readonly PropertyKey[]): InputPosition {
	return place.text.position(place.document, [...place.path, ...path], "value");
}

function recordOf({ thing: pod, place }: Declared<PodManifest>, classes: readonly PriorityClass[]): PodRecord {
	try {
		return podFromManifest(pod, classes);
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		const field = ["spec", "priorityClassName"];
		const message = `Pod ${pod.metadata.namespace}/${pod.metadata.name}: ${formatPath(field)}: ${error.message}`;
		throw new InputError(message, positionIn(place, field));
	}
}
