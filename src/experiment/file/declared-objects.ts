/** Kubernetes documents beside the experiment: nodes of the cell, pods submitted at time 0, priority classes. */
import type { JobArrival } from "../../objects/arrival.js";
import { readManifests } from "../../objects/manifest.js";
import { nodeFromManifest } from "../../objects/node.js";
import { podFromManifest } from "../../objects/pod.js";
import type { PriorityClass } from "../../objects/priority-class.js";
import type { NodeSpec } from "../../objects/spec.js";
import type { Mistake } from "./substitute.js";

export interface DeclaredObjects {
	readonly nodes: readonly NodeSpec[];
	/** One job per pod, at time 0, running for ever: a manifest does not say for how long. */
	readonly jobs: readonly JobArrival[];
	readonly priorityClasses: readonly PriorityClass[];
}

/** Reads documents that `declaredMistakes` found nothing wrong with. */
export function declaredObjects(documents: readonly unknown[]): DeclaredObjects {
	const manifests = documents.flatMap(readManifests);
	const priorityClasses = manifests.flatMap((found) => (found.kind === "PriorityClass" ? [found.manifest] : []));
	const jobs = manifests.flatMap((found): JobArrival[] => {
		if (found.kind !== "Pod") return [];
		const { namespace, name, spec } = podFromManifest(found.manifest, priorityClasses);
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

/** What is wrong with one document. Kinds that nothing here has a use for are mistakes too: they would be ignored in silence. */
export function declaredMistakes(document: unknown): readonly Mistake[] {
	return readManifests(document).flatMap((found): Mistake[] => {
		if (found.kind === "invalid") {
			const { path, at, message } = found.issue;
			return [{ path, at, message: `${found.subject}: ${message}` }];
		}
		if (found.kind !== "ignored") return [];
		return [
			{
				path: found.path,
				at: "value",
				message: `kind ${found.ignoredKind} is not used here: expected Node, Pod or PriorityClass`,
			},
		];
	});
}
