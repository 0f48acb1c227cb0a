/** Kubernetes documents beside the experiment: nodes of the cell, pods, priority classes, and what else decides where pods may go. */
import type { JobArrival } from "../../objects/arrival.js";
import type { ClusterManifest } from "../../objects/cluster-manifests.js";
import type { Mistake } from "../../objects/issues.js";
import { type Manifest, mistakeText, readManifests, USED_KINDS } from "../../objects/manifest.js";
import { nodeFromManifest } from "../../objects/node.js";
import { isFinished, type PodRecord, podFromManifest } from "../../objects/pod.js";
import { type PriorityClass, problemOfPriority } from "../../objects/priority-class.js";
import type { NodeSpec } from "../../objects/spec.js";
import type { ImportReport, RunningJob } from "../../workload/arrivals.js";
import { isControlled } from "./control-objects.js";
import type { LocatedDocument } from "./document.js";

/** A pod that is on a node from the start, and where its document, counted from 0, says so. */
export interface DeclaredRunning extends RunningJob {
	readonly document: number;
	readonly path: readonly PropertyKey[];
}

export interface DeclaredObjects {
	readonly nodes: readonly NodeSpec[];
	/** One job per pod without a node, at time 0, running for ever: a manifest does not say for how long. */
	readonly jobs: readonly JobArrival[];
	/** One job per pod with a node (`spec.nodeName`): it is there from the start, and runs for ever. */
	readonly running: readonly DeclaredRunning[];
	readonly priorityClasses: readonly PriorityClass[];
	readonly objects: readonly ClusterManifest[];
}

const SOURCE = "pods in the experiment file";

/** Reads documents that `declaredMistakes` found nothing wrong with. `report` hears of demands on which not every scheduler acts. */
export function declaredObjects(documents: readonly unknown[], report: ImportReport): DeclaredObjects {
	const priorityClasses = declaredPriorityClasses(documents);
	const nodes: NodeSpec[] = [];
	const objects: ClusterManifest[] = [];
	const jobs: JobArrival[] = [];
	const running: DeclaredRunning[] = [];
	for (const [document, value] of documents.entries()) {
		for (const found of read(value)) {
			if (found.kind === "Node") nodes.push(nodeFromManifest(found.manifest));
			if (found.kind === "cluster") {
				objects.push(found.object);
				report.count(
					"objects in the experiment file",
					`${found.object.kind}: only kube-scheduler looks at it`,
					"noted",
					found.name,
				);
			}
			if (found.kind !== "Pod") continue;
			const record = podFromManifest(found.manifest, priorityClasses);
			const name = `${record.namespace}/${record.name}`;
			const { nodeName } = record.spec.facts;
			if (isFinished(record)) {
				report.count(SOURCE, "finished pod", "dropped", name);
				continue;
			}
			report.unmodelled(SOURCE, record.unmodelled, name);
			const job = jobOf(record, name);
			if (nodeName === null) jobs.push(job);
			else {
				const path = [...found.path, "spec", "nodeName"];
				running.push({ job, nodes: [nodeName], position: () => null, document, path });
			}
		}
	}
	return { nodes, jobs, running, priorityClasses, objects };
}

/** A pod that loses its node may go to any other. */
function jobOf({ spec }: PodRecord, name: string): JobArrival {
	const pod = {
		name,
		spec: spec.facts.nodeName === null ? spec : { ...spec, facts: { ...spec.facts, nodeName: null } },
		durationUs: Number.POSITIVE_INFINITY,
		exit: "succeeded",
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
	} as const;
	return { timeUs: 0, name, pods: [pod], gang: false };
}

/** The priority classes among documents, of which others may be wrong. */
export function declaredPriorityClasses(documents: readonly unknown[]): readonly PriorityClass[] {
	return documents.flatMap(read).flatMap((found) => (found.kind === "PriorityClass" ? [found.manifest] : []));
}

/**
 * What is wrong with one document; `priorityClasses` are those of all. Kinds that nothing here has a use for are mistakes too:
 * they would be ignored in silence; unless controllers of the user's bring kinds (`extended`), which are not known here.
 */
export function declaredMistakes(
	document: unknown,
	priorityClasses: readonly PriorityClass[],
	extended: boolean,
): readonly Mistake[] {
	return read(document).flatMap((found): readonly Mistake[] => {
		switch (found.kind) {
			case "invalid":
				return found.mistakes.map((mistake) => {
					const { path, at } = mistake;
					return { path, at, message: mistakeText(found, mistake) };
				});
			case "ignored":
			case "PodTemplate": {
				// The control plane's: `control-objects.ts` says what is wrong with them.
				if (found.kind === "ignored" && (extended || isControlled(found.ignoredKind.split(" ").at(-1)!))) return [];
				const kind = found.kind === "ignored" ? found.ignoredKind : "v1 PodTemplate";
				const message = `kind ${kind} is not used here: expected one of ${USED_KINDS.join(", ")}`;
				return [{ path: found.path, at: "value", message }];
			}
			case "Pod": {
				const { priorityClassName, priority } = found.manifest.spec;
				const message = problemOfPriority(priorityClassName || null, priority, priorityClasses);
				if (message === null) return [];
				const { namespace, name } = found.manifest.metadata;
				const path = [...found.path, "spec", "priorityClassName"];
				return [{ path, at: "value", message: `Pod ${namespace}/${name}: spec.priorityClassName: ${message}` }];
			}
			default:
				return [];
		}
	});
}

/** Objects of one kind and name, as a mistake of the later one; `document` counts from 0. */
export function declaredTwins(
	documents: readonly LocatedDocument[],
): readonly { readonly document: number; readonly mistake: Mistake }[] {
	const first = new Map<string, number>();
	return documents.flatMap(({ value, locate }, document) =>
		read(value).flatMap((found) => {
			const subject = subjectOf(found);
			if (subject === null) return [];
			const path = [...found.path, "metadata", "name"];
			const earlier = first.get(subject);
			if (earlier === undefined) {
				first.set(subject, locate(path, "value").line);
				return [];
			}
			const message = `${subject} is declared twice: first in line ${earlier}, again here; rename one of them or take it out`;
			return [{ document, mistake: { path, at: "value" as const, message } }];
		}),
	);
}

/** Kind and name of an object whose name must be its own. */
function subjectOf(found: Manifest): string | null {
	switch (found.kind) {
		case "Node":
			return `Node '${found.manifest.metadata.name}'`;
		case "Pod":
			return `Pod '${found.manifest.metadata.namespace}/${found.manifest.metadata.name}'`;
		case "PriorityClass":
			return `PriorityClass '${found.manifest.name}'`;
		case "cluster":
			return `${found.object.kind} '${found.name}'`;
		default:
			return null;
	}
}

/** Every run of an experiment asks about the same documents, which may hold thousands of objects. */
function read(document: unknown): readonly Manifest[] {
	if (typeof document !== "object" || document === null) return readManifests(document);
	let manifests = known.get(document);
	if (manifests === undefined) {
		manifests = readManifests(document);
		known.set(document, manifests);
	}
	return manifests;
}

const known = new WeakMap<object, readonly Manifest[]>();
