/** `cellsim run`: runs an experiment, or all in a folder, and shows what came out. */
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import type { Command } from "commander";
import type { Share } from "../experiment/batch.js";
import type { RunFailure } from "../experiment/failure.js";
import type { PreparedExperiment } from "../experiment/prepare.js";
import { collect } from "./collect.js";
import { examples } from "./examples.js";
import { colored, EXIT, reportError } from "./exit.js";
import { failureText } from "./failure-text.js";
import { wholeNumber } from "./whole-number.js";

interface Options {
	readonly output: string;
	readonly set: readonly string[];
	readonly only: readonly string[];
	readonly workers: number;
	readonly force: boolean;
	readonly paranoid: boolean;
	readonly json: boolean;
}

export function addRun(program: Command): void {
	program
		.command("run")
		.description("run an experiment, or several: every combination of the matrix with every seed")
		.argument("<experiment>", "experiment file (YAML), or a folder of them: every .yaml directly in it")
		.option("-o, --output <folder>", "where results go, as <folder>/<experiment>/<run id>", "results")
		.option(
			"--set <path=value>",
			"override a value of the file, such as spec.params.data=../data; repeatable",
			collect,
			[],
		)
		.option("--only <axis=value>", "run only some of the matrix; repeatable", collect, [])
		.option("-w, --workers <count>", "worker threads", wholeNumber(1, 1024), availableParallelism())
		.option("--force", "run again what is complete", false)
		.option("--paranoid", "check every invariant of the cell after each attempt (slow)", false)
		.option("--json", "print the runs as JSON, and progress on stderr as one JSON object a line", false)
		.addHelpText(
			"after",
			examples(
				["cellsim run experiments/quickstart.yaml", "all of it; what is complete is not run again"],
				["cellsim run experiments/quickstart.yaml --only policy=best-fit -w 2", "a part, on two workers"],
				["cellsim run mine.yaml --set spec.seeds.count=30 -o more", "with more seeds, elsewhere"],
				["cellsim run experiments/omega", "every experiment of a folder"],
			),
		)
		.action(run);
}

async function run(path: string, options: Options): Promise<void> {
	const { experimentFiles, shareOptions } = await import("../experiment/batch.js");
	const files = await experimentFiles(path);
	const shares = files === null ? [{ ...options, file: path, idle: false }] : shareOptions(files, options);
	const prepared = await prepareAll(shares);
	if (prepared === null) return;
	const abort = new AbortController();
	const interrupt = () => abort.abort();
	process.once("SIGINT", interrupt);
	process.once("SIGTERM", interrupt);
	const told: object[] = [];
	let worst: number = EXIT.ok;
	for (const [i, experiment] of prepared.entries()) {
		if (abort.signal.aborted) break;
		if (files !== null)
			process.stderr.write(`${experiment.name} (${i + 1} of ${prepared.length}), ${experiment.file}\n`);
		try {
			const { code, facts } = await runOne(experiment, options, abort.signal, files !== null);
			worst = Math.max(worst, code);
			told.push(facts);
		} catch (error) {
			worst = Math.max(worst, await reportError(error));
		}
	}
	process.removeListener("SIGINT", interrupt);
	process.removeListener("SIGTERM", interrupt);
	if (options.json && (files !== null || told.length > 0)) {
		const data = files === null ? told[0] : { experiments: told };
		process.stdout.write(`${JSON.stringify({ schema: 1, ...data })}\n`);
	}
	if (abort.signal.aborted)
		process.stderr.write("interrupted; finished runs are kept, the same command goes on from here\n");
	process.exitCode = abort.signal.aborted ? EXIT.interrupted : worst;
}

interface Prepared extends PreparedExperiment {
	readonly file: string;
}

/** Reads every file before anything runs; null, with the exit code set, if one of them has mistakes. */
async function prepareAll(shares: readonly Share[]): Promise<readonly Prepared[] | null> {
	const { prepareExperiment } = await import("../experiment/prepare.js");
	const { formatDiagnostics } = await import("../experiment/file/diagnostics.js");
	const { InputError } = await import("../objects/input-error.js");
	const prepared: Prepared[] = [];
	let worst: number = EXIT.ok;
	for (const { file, idle, ...options } of shares) {
		if (idle) {
			process.stderr.write(`${file}: --only leaves nothing of it to run\n`);
			continue;
		}
		try {
			const experiment = await prepareExperiment(file, options);
			const { name, warnings, sources } = experiment;
			if (warnings.length > 0) process.stderr.write(`${formatDiagnostics(warnings, sources, { color: colored() })}\n`);
			const namesake = prepared.find((other) => other.name === name);
			if (namesake !== undefined)
				throw new InputError(
					`'${namesake.file}' and '${file}' both are called '${name}': give one another metadata.name`,
				);
			prepared.push({ ...experiment, file });
		} catch (error) {
			worst = Math.max(worst, await reportError(error));
		}
	}
	if (worst !== EXIT.ok) process.exitCode = worst;
	return worst === EXIT.ok ? prepared : null;
}

/** Runs one experiment and shows what came out; `several` of them have their names above. */
async function runOne(prepared: Prepared, options: Options, signal: AbortSignal, several: boolean) {
	const { runExperiment } = await import("../experiment/runner.js");
	const { Progress } = await import("./progress.js");
	const { file, name, plans, others, figures } = prepared;
	const folder = join(options.output, name);
	const progress = new Progress(plans, process.stderr, options.json);
	const { workers, force, paranoid } = options;
	const { manifests, failures } = await runExperiment(plans, {
		file,
		folder,
		workers,
		force,
		paranoid,
		others,
		figures,
		signal,
		onEvent: (event) => progress.hear(event),
	}).finally(() => progress.close());
	process.stderr.write(failureText(failures));
	const runs = manifests.map(({ id, plan, digest, events, summary }) => ({
		run: id,
		folder: join(folder, id),
		variant: plan.variant,
		seed: plan.seed,
		digest,
		events,
		summary,
	}));
	const failed = failures.map(({ plan, failure }) => ({ variant: plan.variant, seed: plan.seed, ...failure }));
	if (!options.json && manifests.length > 0) {
		const { overview, closing } = await import("./overview.js");
		if (several) process.stdout.write(`${name}\n\n`);
		process.stdout.write(overview(manifests));
		process.stdout.write(await closing(manifests, plans.length, relative(".", folder) || "."));
		if (several) process.stdout.write("\n");
	}
	return { code: codeOf(failures), facts: { experiment: name, folder, runs, failures: failed } };
}

/** The exit code for runs that failed. */
export function codeOf(failures: readonly { readonly failure: RunFailure }[]): number {
	if (failures.length === 0) return EXIT.ok;
	return failures.every(({ failure }) => failure.kind === "input") ? EXIT.usage : EXIT.failed;
}
