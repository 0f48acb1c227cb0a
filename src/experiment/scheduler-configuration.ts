/**
 * KubeSchedulerConfiguration files that an experiment names: `scheduler: {name: kube-scheduler, configuration: ./scheduler.yaml}`.
 * What is in the file takes the place of its name in the document of each run, so that a run depends on nothing but its document.
 */
import { isMap, type PlainMap, valueAt } from "../objects/plain-data.js";
import { kubernetesConfigurationSchema } from "../scheduling/kubernetes/configuration.js";
import { inputPath } from "../workload/inputs.js";
import { readDocument } from "./document-file.js";

/**
 * The document with the files read, or itself if it names none. InputError: a file that cannot be read, or every mistake in it, with
 * its place.
 */
export function withConfigurations(document: PlainMap, baseDirs: readonly string[]): PlainMap {
	const entries = valueAt(document, ["spec", "scheduling", "schedulers"]);
	const paths = [
		["spec", "cluster", "prefill", "placement"],
		...(Array.isArray(entries) ? entries : []).map((_, i) => ["spec", "scheduling", "schedulers", i, "scheduler"]),
	];
	return paths.reduce<PlainMap>((read, path) => {
		const scheduler = valueAt(read, path);
		if (!isMap(scheduler) || scheduler["name"] !== "kube-scheduler") return read;
		const { configuration } = scheduler;
		if (typeof configuration !== "string") return read;
		return replaced(read, [...path, "configuration"], readConfiguration(configuration, baseDirs)) as PlainMap;
	}, document);
}

function readConfiguration(path: string, baseDirs: readonly string[]): unknown {
	const wanted = { schema: kubernetesConfigurationSchema, kind: "KubeSchedulerConfiguration", named: path };
	return readDocument(inputPath(path, baseDirs), wanted).written;
}

/** A copy of the tree in which `value` stands at `path`. */
export function replaced(tree: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
	if (step === undefined) return value;
	const inner = replaced((tree as Readonly<Record<string | number, unknown>>)[step], rest, value);
	if (Array.isArray(tree)) return tree.with(step as number, inner);
	return { ...(tree as PlainMap), [step]: inner };
}
