/** `cellsim run`: runs an experiment and shows what came out. */
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { collect } from "./collect.js";
import { EXIT } from "./exit.js";
import { failureText } from "./failure-text.js";

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
		.description("run an experiment: every combination of its matrix with every seed")
		.argument("<experiment>", "experiment file (YAML)")
		.option("-o, --output <folder>", "where results go, as <folder>/<experiment>/<run id>", "results")
		.option(
			"--set <path=value>",
			"override a value of the file, such as spec.params.data=../data; repeatable",
			collect,
			[],
		)
		.option("--only <axis=value>", "run only some of the matrix; repeatable", collect, [])
		.option("-w, --workers <count>", "worker threads", parseWorkers, availableParallelism())
		.option("--force", "run again what is complete", false)
		.option("--paranoid", "check every invariant of the cell after each attempt (slow)", false)
		.option("--json", "print the runs as JSON", false)
		.action(run);
}

async function run(file: string, options: Options): Promise<void> {
	const { prepareExperiment } = await import("../experiment/prepare.js");
	const { runExperiment } = await import("../experiment/runner.js");
	const { formatDiagnostics } = await import("../experiment/file/diagnostics.js");
	const { Progress } = await import("./progress.js");
	const { colored } = await import("./exit.js");
	const prepared = await prepareExperiment(file, options);
	if (prepared.warnings.length > 0)
		process.stderr.write(`${formatDiagnostics(prepared.warnings, prepared.sources, { color: colored() })}\n`);
	const folder = join(options.output, prepared.name);
	const progress = new Progress(prepared.plans, process.stderr);
	const abort = new AbortController();
	const interrupt = () => abort.abort();
	process.once("SIGINT", interrupt);
	process.once("SIGTERM", interrupt);
	const { workers, force, paranoid } = options;
	const result = await runExperiment(prepared.plans, {
		file,
		folder,
		workers,
		force,
		paranoid,
		others: prepared.others,
		signal: abort.signal,
		onEvent: (event) => progress.hear(event),
	}).finally(() => progress.close());
	process.removeListener("SIGINT", interrupt);
	process.removeListener("SIGTERM", interrupt);
	const { manifests, failures, interrupted } = result;
	process.stderr.write(failureText(failures));
	if (options.json) {
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
		process.stdout.write(
			`${JSON.stringify({ schema: 1, experiment: prepared.name, folder, runs, failures: failed })}\n`,
		);
	} else if (manifests.length > 0) {
		const { overview, closing } = await import("./overview.js");
		process.stdout.write(overview(manifests));
		process.stdout.write(await closing(manifests, prepared.plans.length, relative(".", folder) || "."));
	}
	if (interrupted) process.stderr.write("interrupted; finished runs are kept, the same command goes on from here\n");
	if (interrupted) process.exitCode = EXIT.interrupted;
	else if (failures.length > 0)
		process.exitCode = failures.every(({ failure }) => failure.kind === "input") ? EXIT.usage : EXIT.failed;
}

function parseWorkers(text: string): number {
	const count = Number(text);
	if (!Number.isInteger(count) || count < 1 || count > 1024)
		throw new InvalidArgumentError("expected a whole number from 1 to 1024");
	return count;
}
