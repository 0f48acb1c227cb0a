/** `figures.json` beside the runs of an experiment: the figures that its file declared when it was last run. */
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../objects/input-error.js";
import { suggest } from "../../objects/suggest.js";
import { type FigureSpec, figuresSchema } from "../file/figures-schema.js";

const FIGURES = "figures.json";

/** Writes the figures into the results folder of an experiment; without any there is no file. */
export async function writeFigures(folder: string, figures: readonly FigureSpec[]): Promise<void> {
	const file = join(folder, FIGURES);
	if (figures.length === 0) return rm(file, { force: true });
	await writeFile(
		file,
		`${JSON.stringify({ apiVersion: "cellsim/v1alpha1", kind: "Figures", figures }, null, "\t")}\n`,
	);
}

/** The figures of the results in `folder`, none where none were declared. InputError for a file that cellsim did not write. */
export async function readFigures(folder: string): Promise<readonly FigureSpec[]> {
	const file = join(folder, FIGURES);
	if (!existsSync(file)) return [];
	try {
		const { figures } = JSON.parse(await readFile(file, "utf8")) as { readonly figures?: unknown };
		return figuresSchema.parse(figures);
	} catch {
		throw new InputError(`'${file}' is not what cellsim wrote there: run the experiment again, which writes it anew`);
	}
}

/** The figures of the results in `folder` with these names, all without any. InputError: none were declared, an unknown name. */
export async function chooseFigures(folder: string, names: readonly string[]): Promise<readonly FigureSpec[]> {
	const figures = await readFigures(folder);
	if (figures.length === 0)
		throw new InputError(
			`'${folder}' has no figures: declare them in the experiment file, under spec.figures, and run it again; runs that are complete are kept`,
		);
	const known = figures.map(({ name }) => name);
	for (const name of names) {
		if (known.includes(name)) continue;
		throw new InputError(`unknown figure '${name}'; ${suggest(name, known, "figures")}`);
	}
	return names.length === 0 ? figures : figures.filter(({ name }) => names.includes(name));
}
