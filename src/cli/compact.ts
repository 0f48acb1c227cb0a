/** `cellsim compact`: how tightly the cell of an experiment can be packed, by the schedulers that it names. */
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { type Command, Option } from "commander";
import type { MadeTrial } from "../experiment/compaction/runner.js";
import type { PreparedExperiment } from "../experiment/prepare.js";
import { collect } from "./collect.js";
import { examples } from "./examples.js";
import { colored, EXIT } from "./exit.js";
import { failureText } from "./failure-text.js";
import { ProgressLine } from "./progress-line.js";
import { codeOf } from "./run.js";
import { wholeNumber } from "./whole-number.js";

interface Options {
	readonly output: string;
	readonly method?: string;
	readonly trials?: number;
	readonly set: readonly string[];
	readonly only: readonly string[];
	readonly workers: number;
	readonly force: boolean;
	readonly json: boolean;
}

export function addCompact(program: Command): void {
	program
		.command("compact")
		.description("find how few machines are enough for the workload of an experiment, or how much more fits")
		.argument("<experiment>", "experiment file (YAML); spec.compaction says how its cell is packed")
		.option("-o, --output <folder>", "where results go, as <folder>/<experiment>/compaction", "results")
		.addOption(
			new Option("--method <method>", "what to find out (default: that of the file, or compact)").choices([
				"compact",
				"fill",
				"inflate",
				"pack",
			]),
		)
		.option("--trials <count>", "trials of each variant (default: that of the file, or 11)", wholeNumber(1, 10_000))
		.option(
			"--set <path=value>",
			"override a value of the file, such as spec.compaction.clones=8; repeatable",
			collect,
			[],
		)
		.option("--only <axis=value>", "only some of the matrix; repeatable", collect, [])
		.option("-w, --workers <count>", "worker threads", wholeNumber(1, 1024), availableParallelism())
		.option("--force", "make trials again that are there", false)
		.option("--json", "print the trials as JSON, and progress on stderr as one JSON object a line", false)
		.addHelpText(
			"after",
			examples(
				["cellsim compact experiments/borg/compare-policies.yaml", "how few machines are enough, for each policy"],
				["cellsim compact mine.yaml --method fill --trials 5", "how much more of the same fits"],
			),
		)
		.action(compact);
}

async function compact(file: string, options: Options): Promise<void> {
	const prepared = await prepare(file, options);
	const { runCompaction } = await import("../experiment/compaction/runner.js");
	const { name, plans, others, figures } = prepared;
	const folder = join(options.output, name, "compaction");
	const abort = new AbortController();
	const interrupt = () => abort.abort();
	process.once("SIGINT", interrupt);
	process.once("SIGTERM", interrupt);
	const progress = new Progress(options.json);
	const { workers, force } = options;
	const { trials, failures } = await runCompaction(plans, {
		file,
		folder,
		workers,
		force,
		others,
		figures,
		signal: abort.signal,
		onEvent: (event) => {
			if (event.type === "planned") progress.begin(event.trials);
			else progress.hear(event.type === "finished" ? event.made : null, event.type === "finished" && event.cached);
		},
	}).finally(() => progress.close());
	process.removeListener("SIGINT", interrupt);
	process.removeListener("SIGTERM", interrupt);
	process.stderr.write(failureText(failures));
	if (options.json) {
		const made = trials.map(({ id, plan, trial, result }) => ({
			id,
			variant: plan.variant,
			seed: plan.seed,
			trial,
			...result,
		}));
		const failed = failures.map(({ plan, trial, failure }) => ({
			variant: plan.variant,
			seed: plan.seed,
			trial,
			...failure,
		}));
		process.stdout.write(
			`${JSON.stringify({ schema: 1, experiment: name, folder, trials: made, failures: failed })}\n`,
		);
	} else if (trials.length > 0) {
		const { compactionTable } = await import("./compaction-table.js");
		process.stdout.write(compactionTable(trials, relative(".", folder) || "."));
	}
	if (abort.signal.aborted)
		process.stderr.write("interrupted; finished trials are kept, the same command goes on from here\n");
	process.exitCode = abort.signal.aborted ? EXIT.interrupted : codeOf(failures);
}

/** The experiment with what the options say of its `spec.compaction`. */
async function prepare(file: string, { method, trials, set, only }: Options): Promise<PreparedExperiment> {
	const { prepareExperiment } = await import("../experiment/prepare.js");
	const { formatDiagnostics } = await import("../experiment/file/diagnostics.js");
	const own = [
		...(method === undefined ? [] : [`spec.compaction.method=${method}`]),
		...(trials === undefined ? [] : [`spec.compaction.trials=${trials}`]),
	];
	const prepared = await prepareExperiment(file, { set: [...set, ...own], only });
	const { warnings, sources } = prepared;
	if (warnings.length > 0) process.stderr.write(`${formatDiagnostics(warnings, sources, { color: colored() })}\n`);
	return prepared;
}

/** Trials, and the packings that they took. */
class Progress {
	readonly #json: boolean;
	#line: ProgressLine | null = null;
	#total = 0;
	#done = 0;
	#cached = 0;
	#packings = 0;

	constructor(json: boolean) {
		this.#json = json;
	}

	begin(trials: number): void {
		this.#total = trials;
		this.#line = new ProgressLine(trials, process.stderr, this.#json);
	}

	/** A trial is there; null for one that failed. */
	hear(made: MadeTrial | null, cached: boolean): void {
		this.#done++;
		if (cached) this.#cached++;
		else this.#packings += made?.result.packings ?? 0;
		const found = this.#cached > 0 ? `, ${this.#cached} found complete` : "";
		const text = `${this.#done} of ${this.#total} trials${found}, ${this.#packings} packings`;
		this.#line!.show({ done: this.#done, found: this.#cached, underWay: 0, text }, true);
	}

	close(): void {
		this.#line?.close();
	}
}
