/**
 * kubernetes: manifests as `kubectl get -o json` or `-o yaml` prints them, or as people write them. Nodes become the cluster,
 * pods the workload: every Pod object arrives on its own, when it was created.
 *
 * Divergence from Kubernetes: a snapshot tells how long a pod ran only for pods that have finished, and only of the last run of
 * each container; all others run for `durations.running`. Nothing creates pods from Deployments and their like; they are counted.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Definition } from "../../objects/definition.js";
import { type ParsedText, parseDocuments } from "../../objects/documents.js";
import { formatDuration } from "../../objects/duration.js";
import { InputError } from "../../objects/input-error.js";
import { formatPath } from "../../objects/issues.js";
import { type InvalidManifest, type Manifest, mistakeText, readManifests } from "../../objects/manifest.js";
import { type NodeManifest, nodeFromManifest } from "../../objects/node.js";
import { type PodManifest, type PodRecord, podFromManifest } from "../../objects/pod.js";
import type { PriorityClass } from "../../objects/priority-class.js";
import type { NodeSpec, PodSpec } from "../../objects/spec.js";
import type { ImportReport, JobArrival, OpenedTrace } from "../arrivals.js";
import { inputPath, unreadable } from "../inputs.js";
import { BATCH_JOBS } from "../merge.js";
import { runTimeLeaf } from "../synthetic/distribution-schema.js";

/** Parameters of the kubernetes format; paths are relative to the file that names them. */
export const kubernetesParams = z.strictObject({
	path: z
		.union([z.string(), z.array(z.string()).min(1)], { error: "expected a path, or a list of paths" })
		.describe("files, or folders whose .json, .yaml and .yml files are read, subfolders included, in order of name"),
	durations: z
		.strictObject({
			running: runTimeLeaf
				.prefault("forever")
				.describe("run time of pods that have not finished in the snapshot: a duration such as 2h, or forever"),
		})
		.prefault({})
		.describe("run times that a snapshot does not tell"),
	placement: z
		.enum(["free", "pinned"])
		.default("free")
		.describe("pods with spec.nodeName; free: the scheduler chooses; pinned: no other node will do"),
});

export type KubernetesParams = z.output<typeof kubernetesParams>;

/** The trace format `kubernetes`. */
export const kubernetesFormat: Definition<KubernetesParams, OpenedTrace, { readonly baseDirs: readonly string[] }> = {
	name: "kubernetes",
	summary: "Kubernetes manifests: Node and Pod objects, lists as kubectl get prints them, JSON or YAML",
	params: kubernetesParams,
	create: (params, { baseDirs }) => {
		const paths = typeof params.path === "string" ? [params.path] : params.path;
		const files = [...new Set(paths.flatMap((path) => filesAt(inputPath(path, baseDirs))))];
		// Once is enough: a snapshot does not change between two readings.
		let snapshot: Snapshot | null = null;
		const read = () => (snapshot ??= readSnapshot(files));
		return {
			files,
			nodes: async () => read().nodes,
			*jobs(report) {
				yield* batches(read(), params, report);
			},
		};
	},
};

interface Snapshot {
	readonly nodes: readonly NodeSpec[];
	/** In order of files and documents. */
	readonly pods: readonly { readonly file: string; readonly record: PodRecord }[];
	readonly ignored: readonly { readonly file: string; readonly kind: string; readonly name: string }[];
}

const MANIFEST_FILE = /\.(json|ya?ml)$/i;

/** A file itself, or the manifests below a folder. Throws InputError for what is not there. */
function filesAt(path: string): readonly string[] {
	try {
		if (!statSync(path).isDirectory()) return [path];
		const names = readdirSync(path, { recursive: true, encoding: "utf8" });
		const files = names.filter((name) => MANIFEST_FILE.test(name)).map((name) => join(path, name));
		if (files.length > 0) return files.sort();
	} catch (error) {
		throw unreadable(path, error);
	}
	throw new InputError(`'${path}' holds no .json, .yaml or .yml file: name another folder, or a file`);
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

function readSnapshot(files: readonly string[]): Snapshot {
	const nodes: Declared<NodeManifest>[] = [];
	const pods: Declared<PodManifest>[] = [];
	const classes: Declared<PriorityClass>[] = [];
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
	const priorityClasses = classes.map(({ thing }) => thing);
	return {
		nodes: nodes.map(({ thing }) => nodeFromManifest(thing)),
		pods: pods.map((pod) => ({ file: pod.place.text.file, record: recordOf(pod, priorityClasses) })),
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

function positionIn(place: Place, path: readonly PropertyKey[]) {
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

/** One job a pod, in order of creation, then of the files. Time counts from the first creation. */
function* batches(
	snapshot: Snapshot,
	params: KubernetesParams,
	report: ImportReport,
): Generator<readonly JobArrival[]> {
	noteIgnored(snapshot, report);
	const created = snapshot.pods.flatMap(({ record }) => record.createdAtUs ?? []);
	const originUs = created.reduce((earliest, us) => Math.min(earliest, us), Infinity);
	const jobs = snapshot.pods.map(({ file, record }) => {
		notePod(file, record, params, report);
		return jobOf(record, originUs, params);
	});
	// Stable: pods of one instant keep their order.
	jobs.sort((a, b) => a.timeUs - b.timeUs);
	for (let start = 0; start < jobs.length; start += BATCH_JOBS) yield jobs.slice(start, start + BATCH_JOBS);
}

function jobOf(record: PodRecord, originUs: number, params: KubernetesParams): JobArrival {
	const name = `${record.namespace}/${record.name}`;
	const ranUs = observedRunUs(record);
	const finished = isFinished(record);
	return {
		timeUs: record.createdAtUs === null ? 0 : record.createdAtUs - originUs,
		name,
		gang: false,
		pods: [
			{
				name,
				spec: params.placement === "free" ? unbound(record.spec) : record.spec,
				durationUs: finished ? (ranUs ?? 0) : params.durations.running,
				exit: record.phase === "Failed" ? "failed" : "succeeded",
				cpuUsageFraction: 1,
				memoryUsageFraction: 1,
				observedStartUs:
					record.acknowledgedAtUs === null || record.createdAtUs === null
						? Number.NaN
						: record.acknowledgedAtUs - originUs,
				// A manifest without a phase comes from no snapshot, which could have cut a life off.
				censored: finished ? ranUs === null : record.phase !== null,
			},
		],
	};
}

function isFinished({ phase }: PodRecord): boolean {
	return phase === "Succeeded" || phase === "Failed";
}

/** From the first start to the last end of its containers; null when the snapshot does not tell. */
function observedRunUs({ startedAtUs, finishedAtUs }: PodRecord): number | null {
	return startedAtUs === null || finishedAtUs === null ? null : Math.max(0, finishedAtUs - startedAtUs);
}

function unbound(spec: PodSpec): PodSpec {
	return spec.facts.nodeName === null ? spec : { ...spec, facts: { ...spec.facts, nodeName: null } };
}

function noteIgnored({ ignored }: Snapshot, report: ImportReport): void {
	for (const { file, kind, name } of ignored) report.count(file, `${kind}: not simulated`, "noted", `${file}: ${name}`);
}

function notePod(file: string, record: PodRecord, params: KubernetesParams, report: ImportReport): void {
	const example = `${file}: ${record.namespace}/${record.name}`;
	if (record.createdAtUs === null)
		report.count(file, "pod without creationTimestamp: arrives at 0", "repaired", example);
	if (isFinished(record) && observedRunUs(record) === null) {
		report.count(file, "finished pod without times of its containers: runs 0 s", "repaired", example);
	}
	if (!isFinished(record)) {
		const { running } = params.durations;
		const how = running === Infinity ? "runs for ever" : `runs ${formatDuration(running)}`;
		report.count(file, `not finished in the snapshot: ${how} (durations.running)`, "noted", example);
	}
	if (params.placement === "free" && record.spec.facts.nodeName !== null) {
		report.count(file, "bound in the snapshot: placed anew (placement: free)", "noted", example);
	}
	report.unmodelled(file, record.unmodelled, example);
}
