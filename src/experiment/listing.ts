/** What experiment files and schedulers can name, for `cellsim list`: components with their parameters, tables, metrics. */
import type { z } from "zod";
import { Cell } from "../cell/cell.js";
import { METRIC_CATALOGUE } from "../metrics/catalogue.js";
import { NO_SCHEDULING } from "../metrics/observed-scheduling.js";
import { PROBES } from "../metrics/probes/index.js";
import { MemorySink } from "../metrics/sinks/memory.js";
import { durationDistribution } from "../objects/distribution-schema.js";
import { InputError } from "../objects/input-error.js";
import { suggest } from "../objects/suggest.js";
import { kubernetesPlugins } from "../scheduling/kubernetes/plugins/index.js";
import { defaultFilters, jobScorePlugins, scorePlugins } from "../scheduling/plugins/index.js";
import { arrivalSchema } from "../workload/synthetic/arrival.js";
import { exportFormats } from "./export/index.js";
import { type Catalogue, paramsOf } from "./file/component.js";
import { type ListedObject, objects } from "./listed-objects.js";
import { registries } from "./registries.js";
import { fieldsOf, formOf, type ListedField, type Part } from "./schema-fields.js";

export interface ListedEntry {
	readonly name: string;
	readonly summary: string;
	/** Parameters of a component, columns of a table, what is read of an object. */
	readonly fields: readonly ListedField[];
	/** Of a kind of objects. */
	readonly object?: ListedObject;
}

const KINDS: Readonly<Record<string, () => readonly ListedEntry[]>> = {
	schedulers: () => components(registries.schedulers),
	"elastic-policies": () => components(registries.elasticPolicies),
	"queue-orders": () => components(registries.queueOrders),
	recommenders: () => components(registries.recommenders),
	"overcommit-policies": () => components(registries.overcommitPolicies),
	orchestrators: () => components(registries.orchestrators),
	objects,
	architectures: () => components(registries.architectures),
	plugins,
	formats: () => components(registries.traceFormats),
	distributions,
	arrivals,
	tables,
	metrics,
	exports: () => components(exportFormats),
};

export const LISTED_KINDS = Object.keys(KINDS);

/** The entries of a kind. InputError for a kind that there is not. */
export function listKind(kind: string): readonly ListedEntry[] {
	const list = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
	if (list !== undefined) return list();
	throw new InputError(`unknown kind '${kind}'; ${suggest(kind, LISTED_KINDS, "kinds")}`);
}

function components(catalogue: Catalogue): readonly ListedEntry[] {
	return [...catalogue.all.values()].map((definition) => ({
		name: definition.name,
		summary: definition.summary,
		fields: parameters(paramsOf(definition)),
	}));
}

function parameters(params: z.ZodType): readonly ListedField[] {
	return fieldsOf(formOf(params));
}

/** What pipelines are made of; schedulers of one's own name them in code, and a KubeSchedulerConfiguration those of kube-scheduler. */
function plugins(): readonly ListedEntry[] {
	const kinds = [
		["default filter", defaultFilters],
		["score", scorePlugins],
		["score by job", jobScorePlugins],
	] as const;
	const own = kinds.flatMap(([what, all]) => all.map((plugin) => ({ what, ...plugin })));
	const kubernetes = [...kubernetesPlugins.all.values()].map((plugin) => ({
		what: plugin.byDefault === false ? "kube-scheduler, where a profile names it" : "kube-scheduler",
		...plugin,
	}));
	return [...own, ...kubernetes].map(({ what, name, summary }) => ({
		name,
		summary: `${what}: ${summary}`,
		fields: [],
	}));
}

/** Every distribution is a branch of one schema, told apart by `dist`. What has a unit in durations has that of its field elsewhere. */
function distributions(): readonly ListedEntry[] {
	const branches = (part: Part): readonly Part[] => {
		const inner = [...(part.anyOf ?? []), ...(part.oneOf ?? [])].flatMap(branches);
		return part.properties?.["dist"]?.const === undefined ? inner : [part];
	};
	return branches(formOf(durationDistribution)).map((part) => {
		const { dist, ...properties } = part.properties!;
		const fields = fieldsOf({ properties }).map((field) =>
			field.type === "string" ? { ...field, type: "value" } : field,
		);
		return { name: String(dist!.const), summary: part.description ?? "", fields };
	});
}

/** Every arrival process is a field of one schema. */
function arrivals(): readonly ListedEntry[] {
	return Object.entries(formOf(arrivalSchema).properties ?? {}).map(([name, part]) => ({
		name,
		summary: part.description ?? "",
		fields: fieldsOf(part),
	}));
}

/** Tables describe themselves when they are opened, so each is opened on an empty cell. */
function tables(): readonly ListedEntry[] {
	const sink = new MemorySink();
	for (const probe of Object.values(PROBES)) probe(new Cell({ nowUs: 0 }), sink, () => NO_SCHEDULING);
	return sink.tables.map(({ name, description, columns }) => ({
		name,
		summary: description,
		fields: columns.map(({ name, description, unit, type, nullable }) => ({
			name,
			description,
			default: null,
			type: `${unit ?? (typeof type === "string" ? type : type.enum.join(" | "))}${nullable ? " or null" : ""}`,
		})),
	}));
}

function metrics(): readonly ListedEntry[] {
	return METRIC_CATALOGUE.flatMap(({ pattern, unit, better, description }) => {
		const facts = [unit === null || unit === "1" ? null : unit, better === null ? null : `${better} is better`];
		const known = facts.filter((fact) => fact !== null);
		const summary = known.length === 0 ? description : `${description} (${known.join(", ")})`;
		return namesOf(pattern).map((name) => ({ name, summary, fields: [] }));
	});
}

/** The names behind `^(cpu|gpu)_allocation$`; what has no beginning or no end has a `*` there. */
function namesOf({ source }: RegExp): readonly string[] {
	const begun = source.startsWith("^") ? source.slice(1) : `*${source}`;
	const text = begun.replaceAll("\\.", ".").replaceAll("[a-z0-9_]+", "*");
	const open = text.endsWith("$") ? text.slice(0, -1) : `${text}*`;
	const [, before, choices, after] = /^([^(]*)\(([^)]*)\)(.*)$/.exec(open) ?? [];
	return choices === undefined ? [open] : choices.split("|").map((choice) => `${before}${choice}${after}`);
}
