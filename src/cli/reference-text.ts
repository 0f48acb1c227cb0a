/** What `cellsim list` knows, as a page of Markdown. */
import type { ListedEntry } from "../experiment/listing.js";
import type { ListedField } from "../experiment/schema-fields.js";
import type { Kind } from "./list.js";
import { type Column, markdownTable } from "./text-table.js";

/** Where the things of a kind are named. */
const PLACES: Readonly<Record<Kind, string>> = {
	schedulers: "Who chooses nodes: `spec.scheduling.schedulers[].scheduler`, here or in a file of your own.",
	"elastic-policies": "How many workers elastic jobs get: `spec.scheduling.schedulers[].elastic`.",
	"queue-orders": "Who is tried first: `spec.scheduling.queue.order`.",
	recommenders: "What running pods should ask for: `spec.node.verticalAutoscaler`.",
	"overcommit-policies": "What pods count for, and what nodes offer: `spec.node.overcommit`.",
	orchestrators: "The control plane and its controllers: `spec.orchestrator`.",
	objects:
		"Objects of Kubernetes stand in documents behind the experiment, or come by `spec.actions`, as those of the others do, which applications are made of. Fields are those that are read and checked; `cellsim check` names a kind or field that is not taken.",
	architectures: "Who sees what, and who wins: `spec.scheduling.architecture`.",
	plugins: "What schedulers are made of: in code, or in a KubeSchedulerConfiguration.",
	formats: "Traces: `cellsim import <format>`, and `spec.workloads[].source`.",
	distributions: "Wherever an experiment draws numbers: `{dist: <name>, ...}`.",
	arrivals: "When jobs are submitted: `spec.workloads[].arrival`.",
	tables: "What a run writes, and its columns: `spec.outputs.tables`.",
	metrics: "What `cellsim compare --metric` and the checks of a gate name; `*` stands for any name.",
	exports: "Results for other tools: `cellsim export <format>`.",
};

const HEAD = `# Reference

What experiments, gates and commands can name. This page is what \`cellsim list --format markdown\` prints; the keys of an experiment
file are in [experiment.schema.json](experiment.schema.json), which editors read.
`;

/** The whole page. */
export function referencePage(
	listed: readonly { readonly kind: string; readonly entries: readonly ListedEntry[] }[],
): string {
	const contents = listed.map(({ kind }) => `[${kind}](#${kind})`).join(", ");
	return [`${HEAD}\n${contents}\n`, ...listed.map(({ kind, entries }) => referenceOf(kind, entries))].join("\n");
}

/** The section of one kind: what there is, then the parameters or columns of each. */
export function referenceOf(kind: string, entries: readonly ListedEntry[]): string {
	if (kind === "objects") return objectsSection(entries);
	const names = entries.map(({ name, summary }) => [code(name), prose(summary)]);
	const details = entries
		.filter(({ fields }) => fields.length > 0)
		.map(({ name, fields }) => `\n### ${code(name)}\n\n${fieldTable(kind, fields)}`);
	const place = PLACES[kind as Kind];
	return `## ${kind}\n\n${place}\n\n${markdownTable([left("name"), left("what it is")], names)}${details.join("")}`;
}

/** By who knows them. */
function objectsSection(entries: readonly ListedEntry[]): string {
	const orchestrators = new Set(entries.map(({ object }) => object!.orchestrator));
	const tables = [...orchestrators].map((orchestrator) => {
		const titles = ["kind", "apiVersion", "what it is for", "fields"];
		const known = entries.filter(({ object }) => object!.orchestrator === orchestrator);
		const rows = known.map(({ name, summary, fields, object }) => [
			code(name),
			code(object!.apiVersion),
			prose(summary),
			fields.map((field) => [code(field.name), prose(field.type)].join(" ").trimEnd()).join(", "),
			...(orchestrator === null ? [] : [object!.actions.join(", ")]),
		]);
		if (orchestrator === null)
			return `\n### Under any orchestrator, or none\n\n${markdownTable(titles.map(left), rows)}`;
		return `\n### Under \`${orchestrator}\`\n\n${markdownTable([...titles, "actions"].map(left), rows)}`;
	});
	return `## objects\n\n${PLACES.objects}\n${tables.join("")}`;
}

function fieldTable(kind: string, fields: readonly ListedField[]): string {
	const defaults = fields.some((field) => field.default !== null);
	const titles = [
		kind === "tables" ? "column" : "parameter",
		"what it is",
		kind === "tables" ? "unit or type" : "takes",
	];
	return markdownTable(
		[...titles, ...(defaults ? ["default"] : [])].map(left),
		fields.map((field) => {
			const cells = [code(field.name), prose(field.description), code(field.type)];
			return defaults ? [...cells, code(field.default ?? "")] : cells;
		}),
	);
}

function left(title: string): Column {
	return { title, align: "left" };
}

function code(text: string): string {
	return text === "" ? "" : `\`${text}\``;
}

/** Text that Markdown takes as it is written. */
function prose(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("*", "\\*").replaceAll("\n", " ");
}
