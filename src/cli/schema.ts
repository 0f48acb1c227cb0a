/** `cellsim schema`: the experiment file, or that of a gate, as a JSON Schema, for editors. */
import { Argument, type Command } from "commander";
import { examples } from "./examples.js";

const DOCUMENTS = ["experiment", "gate"] as const;
type Document = (typeof DOCUMENTS)[number];

export function addSchema(program: Command): void {
	program
		.command("schema")
		.description("print the JSON Schema of experiment files, or of gates, for editors")
		.addArgument(new Argument("[document]", "experiment or gate").choices(DOCUMENTS).default("experiment"))
		.option("--json", "print it in one line, with the version of this output beside it", false)
		.addHelpText(
			"after",
			examples(
				[
					"cellsim schema > experiment.schema.json",
					"for the first line of a file: # yaml-language-server: $schema=experiment.schema.json",
				],
				["cellsim schema gate > gate.schema.json", "likewise for gates"],
			),
		)
		.action(print);
}

async function print(document: Document, { json }: { readonly json: boolean }): Promise<void> {
	const schema = await schemaOf(document);
	process.stdout.write(
		json ? `${JSON.stringify({ schema: 1, [document]: schema })}\n` : `${JSON.stringify(schema, null, "\t")}\n`,
	);
}

async function schemaOf(document: Document): Promise<object> {
	if (document === "gate") {
		const { gateJsonSchema } = await import("../experiment/results/gate-file.js");
		return gateJsonSchema();
	}
	const { experimentJsonSchema } = await import("../experiment/file/json-schema.js");
	const { registries } = await import("../experiment/registries.js");
	return experimentJsonSchema(registries);
}
