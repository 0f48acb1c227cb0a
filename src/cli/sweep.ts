/** `cellsim sweep`: the runs of an experiment in pieces, for job arrays of Slurm and their like. */
import { join, relative } from "node:path";
import type { Command } from "commander";
import { InputError } from "../objects/input-error.js";
import { collect } from "./collect.js";
import { examples } from "./examples.js";
import { EXIT } from "./exit.js";
import { failureText } from "./failure-text.js";
import { codeOf } from "./run.js";
import { wholeNumber } from "./whole-number.js";

interface PlanOptions {
	readonly output: string;
	readonly pieces: number;
	readonly set: readonly string[];
	readonly only: readonly string[];
	readonly json: boolean;
}

const HELP = `
A sweep is planned once, run in pieces, in any order and as often as need be, and collected:

  cellsim sweep plan experiment.yaml --pieces 100
  sbatch --array=0-99 --wrap 'cellsim sweep run results/experiment'
  cellsim sweep collect results/experiment

experiments/sweeps has a script for Slurm, a Job for Kubernetes, and lines for GNU parallel, Snakemake and Ray.`;

/** Where job arrays say which of their tasks this is: those of Slurm, and Indexed Jobs of Kubernetes. */
const INDEX_VARIABLES = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"] as const;
const MAX_PIECES = 1_000_000;

export function addSweep(program: Command): void {
	const sweep = program
		.command("sweep")
		.description("the runs of an experiment in pieces, on many machines")
		.addHelpText("after", HELP);
	sweep
		.command("plan")
		.description("write down which runs there are, and cut them into pieces")
		.argument("<experiment>", "experiment file (YAML)")
		.option("-o, --output <folder>", "where the plan and the results go, as <folder>/<experiment>", "results")
		.option("--pieces <count>", "pieces to cut it into", wholeNumber(1, MAX_PIECES), 100)
		.option("--set <path=value>", "override a value of the file; repeatable", collect, [])
		.option("--only <axis=value>", "only some of the matrix; repeatable", collect, [])
		.option("--json", "print the folder and the numbers as JSON", false)
		.addHelpText(
			"after",
			examples(
				["cellsim sweep plan mine.yaml --pieces 20", "into results/mine"],
				["cellsim sweep plan mine.yaml --only policy=best-fit -o shared", "a part, on a shared disk"],
			),
		)
		.action(plan);
	sweep
		.command("run")
		.description("make those runs of a piece that are not made yet")
		.argument("<folder>", "folder of the plan")
		.option(
			"--index <piece>",
			`which piece, from 0 (default: ${INDEX_VARIABLES.join(" or ")} of the environment)`,
			wholeNumber(0, MAX_PIECES - 1),
		)
		.addHelpText(
			"after",
			examples(
				["cellsim sweep run results/mine --index 7", "the eighth piece"],
				["cellsim sweep run results/mine", "in a job array of Slurm, or an Indexed Job of Kubernetes"],
			),
		)
		.action(runOne);
	sweep
		.command("collect")
		.description("put the pieces together, and name what is missing or failed")
		.argument("<folder>", "folder of the plan")
		.option("--json", "print the outcome as JSON", false)
		.addHelpText("after", examples(["cellsim sweep collect results/mine", "when all have ended"]))
		.action(collectAll);
}

async function plan(file: string, { output, pieces, set, only, json }: PlanOptions): Promise<void> {
	const { prepareExperiment } = await import("../experiment/prepare.js");
	const { writeSweep } = await import("../experiment/sweep/plan.js");
	const prepared = await prepareExperiment(file, { set, only });
	const folder = join(output, prepared.name);
	const sweep = await writeSweep(folder, file, prepared, pieces);
	const facts = { folder, runs: sweep.points.length, pieces: sweep.pieces };
	process.stdout.write(json ? `${JSON.stringify({ schema: 1, ...facts })}\n` : planText(facts));
}

function planText({
	folder,
	runs,
	pieces,
}: {
	readonly folder: string;
	readonly runs: number;
	readonly pieces: number;
}) {
	const next = `cellsim sweep run ${relative(".", folder) || "."} --index 0`;
	return `${runs} runs in ${pieces} pieces, 0 to ${pieces - 1}: ${next}\n`;
}

async function runOne(folder: string, options: { readonly index?: number }): Promise<void> {
	const index = options.index ?? indexFrom(process.env);
	const { runPiece } = await import("../experiment/sweep/run.js");
	const abort = new AbortController();
	const interrupt = () => abort.abort();
	process.once("SIGINT", interrupt);
	process.once("SIGTERM", interrupt);
	const { made, there, failures } = await runPiece({
		folder,
		index,
		signal: abort.signal,
		onPoint: ({ id, plan: { label, seed } }, outcome) =>
			process.stderr.write(`${outcome} ${id} ${[label, `seed ${seed}`].filter((part) => part !== "").join(", ")}\n`),
	});
	process.stderr.write(failureText(failures));
	process.stdout.write(`piece ${index}: ${made} made, ${there} there already, ${failures.length} failed\n`);
	process.exitCode = abort.signal.aborted ? EXIT.interrupted : codeOf(failures);
}

function indexFrom(environment: NodeJS.ProcessEnv): number {
	const name = INDEX_VARIABLES.find((name) => environment[name] !== undefined);
	if (name === undefined)
		throw new InputError(`which piece? Give --index, or run where ${INDEX_VARIABLES.join(" or ")} is set`);
	const text = environment[name]!;
	if (/^\d+$/.test(text) && Number(text) < MAX_PIECES) return Number(text);
	throw new InputError(
		`the environment's ${name} is '${text}': expected a whole number from 0 to ${MAX_PIECES - 1}, or give --index`,
	);
}

/** At most so many points are named; the rest is counted. */
const NAMED = 20;

async function collectAll(folder: string, { json }: { readonly json: boolean }): Promise<void> {
	const { collectSweep } = await import("../experiment/sweep/run.js");
	const { sweep, manifests, failures, missing } = await collectSweep(folder);
	const pieces = [...new Set(missing.map(({ piece }) => piece))].sort((a, b) => a - b);
	if (json) {
		const facts = {
			experiment: sweep.experiment,
			runs: manifests.map(({ id }) => id),
			missing: pieces,
			failed: failures.length,
		};
		process.stdout.write(`${JSON.stringify({ schema: 1, ...facts })}\n`);
	} else if (manifests.length > 0) {
		const { overview, closing } = await import("./overview.js");
		process.stdout.write(overview(manifests));
		process.stdout.write(await closing(manifests, sweep.points.length, relative(".", folder) || "."));
	}
	process.stderr.write(failureText(failures));
	if (missing.length > 0) {
		const shown = pieces.slice(0, NAMED).join(",");
		const more = pieces.length > NAMED ? ` and ${pieces.length - NAMED} more` : "";
		process.stderr.write(
			`${missing.length} of ${sweep.points.length} runs are missing, in the pieces ${shown}${more}\n`,
		);
	}
	process.exitCode = missing.length > 0 ? Math.max(EXIT.failed, codeOf(failures)) : codeOf(failures);
}
