/** `cellsim schema`: the experiment file as a JSON Schema, for editors. */
import type { Command } from "commander";
import { examples } from "./examples.js";

export function addSchema(program: Command): void {
	program
		.command("schema")
		.description("print the JSON Schema of experiment files, for editors")
		.option("--json", "print it in one line, with the version of this output beside it", false)
		.addHelpText(
			"after",
			examples([
				"cellsim schema > experiment.schema.json",
				"for the first line of a file: # yaml-language-server: $schema=experiment.schema.json",
			]),
		)
		.action(schema);
}

async function schema({ json }: { readonly json: boolean }): Promise<void> {
	const { experimentJsonSchema } = await import("../experiment/file/json-schema.js");
	const { registries } = await import("../experiment/registries.js");
	const experiment = experimentJsonSchema(registries);
	process.stdout.write(
		json ? `${JSON.stringify({ schema: 1, experiment })}\n` : `${JSON.stringify(experiment, null, "\t")}\n`,
	);
}
