/** Kubernetes documents beside the experiment: nodes of the cell, pods submitted at time 0, priority classes. */
import type { JobArrival } from "../../objects/arrival.js";
import type { Mistake } from "../../objects/issues.js";
import { type Manifest, mistakeText, readManifests } from "../../objects/manifest.js";
import { nodeFromManifest } from "../../objects/node.js";
import { podFromManifest } from "../../objects/pod.js";
import { type PriorityClass, problemOfPriority } from "../../objects/priority-class.js";
import type { NodeSpec } from "../../objects/spec.js";
import type { ImportReport } from "../../workload/arrivals.js";

export interface DeclaredObjects {
	readonly nodes: readonly NodeSpec[];
	/** One job per pod, at time 0, running for ever: a manifest does not say for how long. */
	readonly jobs: readonly JobArrival[];
	readonly priorityClasses: readonly PriorityClass[];
}

/** Reads documents that `declaredMistakes` found nothing wrong with. `report` hears of demands that no simulation acts on. */
export function declaredObjects(documents: readonly unknown[], report: ImportReport): DeclaredObjects {
	const manifests = documents.flatMap(read);
	const priorityClasses = declaredPriorityClasses(documents);
	const jobs = manifests.flatMap((found): JobArrival[] => {
		if (found.kind !== "Pod") return [];
		const { namespace, name, spec, unmodelled } = podFromManifest(found.manifest, priorityClasses);
		report.unmodelled("pods in the experiment file", unmodelled, `${namespace}/${name}`);
		const pod = {
			name: `${namespace}/${name}`,
			spec,
			durationUs: Number.POSITIVE_INFINITY,
			exit: "succeeded",
			cpuUsageFraction: 1,
			memoryUsageFraction: 1,
			observedStartUs: Number.NaN,
			censored: false,
		} as const;
		return [{ timeUs: 0, name: pod.name, pods: [pod], gang: false }];
	});
	const nodes = manifests.flatMap((found) => (found.kind === "Node" ? [nodeFromManifest(found.manifest)] : []));
	return { nodes, jobs, priorityClasses };
}

/** The priority classes among documents, of which others may be wrong. */
export function declaredPriorityClasses(documents: readonly unknown[]): readonly PriorityClass[] {
	return documents.flatMap(read).flatMap((found) => (found.kind === "PriorityClass" ? [found.manifest] : []));
}

/**
 * What is wrong with one document; `priorityClasses` are those of all. Kinds that nothing here has a use for are mistakes too:
 * they would be ignored in silence.
 */
export function declaredMistakes(document: unknown, priorityClasses: readonly PriorityClass[]): readonly Mistake[] {
	return read(document).flatMap((found): readonly Mistake[] => {
		switch (found.kind) {
			case "invalid":
				return found.mistakes.map((mistake) => {
					const { path, at } = mistake;
					return { path, at, message: mistakeText(found, mistake) };
				});
			case "ignored":
			case "PodTemplate": {
				const kind = found.kind === "ignored" ? found.ignoredKind : "v1 PodTemplate";
				const message = `kind ${kind} is not used here: expected Node, Pod or PriorityClass`;
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
