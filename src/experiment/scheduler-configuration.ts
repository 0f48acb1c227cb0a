/**
 * KubeSchedulerConfiguration files that an experiment names: `scheduler: {name: kube-scheduler, configuration: ./scheduler.yaml}`.
 * What is in the file takes the place of its name in the document of each run, so that a run depends on nothing but its document.
 */
import { readFileSync } from "node:fs";
import { parseDocuments } from "../objects/documents.js";
import { InputError } from "../objects/input-error.js";
import { formatPath, validate } from "../objects/issues.js";
import { isMap, type PlainMap, valueAt } from "../objects/plain-data.js";
import { kubernetesConfigurationSchema } from "../scheduling/kubernetes/configuration.js";
import { inputPath, unreadable } from "../workload/inputs.js";

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
	const file = inputPath(path, baseDirs);
	const text = parseDocuments(textOf(file), file);
	const documents = [...text.documents.keys()].filter((document) => text.documents[document] !== null);
	if (documents.length !== 1) {
		const message = `'${path}' holds ${documents.length} documents, and one KubeSchedulerConfiguration is wanted`;
		throw new InputError(message, text.position(documents[1] ?? 0, [], "value"));
	}
	const document = documents[0]!;
	const value = text.documents[document];
	const checked = validate(kubernetesConfigurationSchema, value);
	if (checked.ok) return value;
	const errors = checked.mistakes.map(({ path: inside, at, message, hint }) => {
		const parts = [formatPath(inside), hint === undefined ? message : `${message}; ${hint}`];
		return new InputError(parts.filter((part) => part !== "").join(": "), text.position(document, inside, at));
	});
	const [first, ...others] = errors;
	throw new InputError(first!.message, first!.position, others);
}

function textOf(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw unreadable(file, error);
	}
}

/** A copy of the tree in which `value` stands at `path`. */
function replaced(tree: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
	if (step === undefined) return value;
	const inner = replaced((tree as Readonly<Record<string | number, unknown>>)[step], rest, value);
	if (Array.isArray(tree)) return tree.with(step as number, inner);
	return { ...(tree as PlainMap), [step]: inner };
}
