/** `cellsim list`: what experiment files and schedulers can name. */
import { type Command, Option } from "commander";
import type { ListedEntry } from "../experiment/listing.js";
import { examples } from "./examples.js";

/** Written out, so that help needs to load nothing; a test holds it against `LISTED_KINDS`. */
export const KINDS = [
	"schedulers",
	"elastic-policies",
	"queue-orders",
	"recommenders",
	"overcommit-policies",
	"orchestrators",
	"objects",
	"architectures",
	"plugins",
	"formats",
	"distributions",
	"arrivals",
	"tables",
	"metrics",
	"exports",
] as const;
export type Kind = (typeof KINDS)[number];

const FORMATS = ["text", "json", "markdown"] as const;

interface Options {
	readonly format: (typeof FORMATS)[number];
	readonly json: boolean;
}

export function addList(program: Command): void {
	program
		.command("list")
		.description("list what experiments can name, with its parameters")
		.argument("[kind]", `${KINDS.slice(0, -1).join(", ")} or ${KINDS.at(-1)}; all where absent`)
		.addOption(new Option("--format <format>", "how to print").choices(FORMATS).default("text"))
		.option("--json", "the same as --format json", false)
		.addHelpText(
			"after",
			examples(
				["cellsim list schedulers", "policies with their parameters"],
				["cellsim list metrics", "what compare and gates can name"],
				["cellsim list objects", "kinds of objects, and what of them is read"],
				["cellsim list tables --json", "tables and their columns, for a program"],
				["cellsim list --format markdown > REFERENCE.md", "all of it as a page"],
			),
		)
		.action(list);
}

async function list(kind: string | undefined, options: Options): Promise<void> {
	const { LISTED_KINDS, listKind } = await import("../experiment/listing.js");
	const kinds = kind === undefined ? LISTED_KINDS : [kind];
	const listed = kinds.map((kind) => ({ kind, entries: listKind(kind) }));
	const format = options.json ? "json" : options.format;
	if (format === "markdown") {
		const { referenceOf, referencePage } = await import("./reference-text.js");
		const [only] = listed;
		process.stdout.write(kind === undefined ? referencePage(listed) : referenceOf(kind, only!.entries));
		return;
	}
	if (format === "json") {
		process.stdout.write(
			`${JSON.stringify({ schema: 1, ...Object.fromEntries(listed.map(({ kind, entries }) => [kind, entries])) })}\n`,
		);
		return;
	}
	const sections = listed.map(({ kind, entries }) => {
		const body = entries.map(printed).join("");
		return kinds.length === 1 ? body : `${kind}\n${body}`;
	});
	process.stdout.write(sections.join("\n"));
}

function printed({ name, summary, fields, object }: ListedEntry): string {
	const width = Math.max(0, ...fields.map(({ name }) => name.length));
	const lines = fields.map((field) => {
		const facts = [field.type, field.default === null ? "" : `default ${field.default}`].filter((fact) => fact !== "");
		const known = facts.length === 0 ? "" : `(${facts.join(", ")})`;
		return `      ${[field.name.padEnd(width), " ", field.description, known].join(" ").trimEnd()}\n`;
	});
	if (object === undefined) return `  ${name}: ${summary}\n${lines.join("")}`;
	const { orchestrator, apiVersion, actions } = object;
	const whose = [orchestrator, apiVersion, name].filter((part) => part !== null).join(" ");
	const done = actions.length === 0 ? "" : ` (${actions.join(", ")})`;
	return `  ${whose}: ${summary}${done}\n${lines.join("")}`;
}
