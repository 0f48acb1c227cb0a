/**
 * The command behind the `readme.mjs` of folders of experiments: it runs the experiments and writes into the README.md there what
 * came of the claims. On built code; options:
 *
 *     [--results DIR] [--only e04]... [--workers N] [--set PATH=VALUE]...
 *     --ci [--only e04]... [--set PATH=VALUE]...
 *
 * Runs that are complete in DIR (default: results) are taken from there. --only does some experiments, and those that they are
 * compared with, and leaves the blocks of all others as they are. --set goes to all runs: where data lies that is not part of
 * cellsim. --ci runs the small size of each, in a folder that goes after use, prints the verdicts and writes nothing; exit code 1 if
 * a claim fails that the tests assert.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { experimentDigest, readManifest } from "../../dist/experiment/results/manifest.js";
import { readRuns } from "../../dist/experiment/results/runs-table.js";
import { readTable } from "../../dist/metrics/sinks/read.js";
import { replaceBlock } from "../../dist/report/generated-block.js";
import { evaluate } from "./claims.mjs";
import { commandsOf, loadRuns, loadTrials, resultsOf } from "./runs.mjs";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Does what the command line asks for; `folder` is the URL of the experiments' folder, ending with a slash. */
export async function writeReadme(folder, experiments) {
	const here = (path) => fileURLToPath(new URL(path, folder));
	const { values: options } = parseArgs({
		options: {
			results: { type: "string", default: "results" },
			readme: { type: "string", default: here("README.md") },
			only: { type: "string", multiple: true, default: [] },
			workers: { type: "string", default: String(availableParallelism()) },
			set: { type: "string", multiple: true, default: [] },
			ci: { type: "boolean", default: false },
		},
	});
	const reproduction = { here, options, experiments, loaded: new Map() };
	const chosen = choose(experiments, options.only);
	if (options.ci) await printSmall(reproduction, chosen);
	else await writeBlocks(reproduction, chosen);
}

/** `loaded` holds runs by experiment id, of the chosen and those that they are compared with. */
async function writeBlocks(reproduction, chosen) {
	const { options, experiments } = reproduction;
	for (const experiment of withCompared(experiments, chosen)) await load(reproduction, experiment, options.results, []);
	for (const experiment of chosen) {
		const figures = drawFigures(reproduction, experiment);
		// Read and written each time: what takes hours should not be lost by a later mistake.
		const text = readFileSync(options.readme, "utf8");
		writeFileSync(
			options.readme,
			withSummary(replaceBlock(text, experiment.id, block(reproduction, experiment, figures)), experiments),
		);
		process.stderr.write(`wrote ${experiment.id} in ${options.readme}\n`);
	}
}

async function printSmall(reproduction, chosen) {
	const { here, experiments, loaded } = reproduction;
	const folder = mkdtempSync(join(tmpdir(), "cellsim-reproduction-"));
	try {
		for (const experiment of withCompared(experiments, chosen))
			await load(reproduction, experiment, folder, commandsOf(here(`${experiment.name}.yaml`)).small.args);
		for (const experiment of chosen) {
			const seconds = loaded.get(experiment.id).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
			process.stdout.write(`${experiment.id} ${experiment.title} (${seconds.toFixed(1)} s of CPU)\n`);
			for (const { claim, outcome } of judged(reproduction, experiment)) {
				const asserted = claim.notInCi === undefined && claim.notAsserted === undefined;
				if (asserted && outcome.verdict !== "holds") process.exitCode = 1;
				const note = asserted ? "asserted" : (claim.notAsserted ?? claim.notInCi);
				process.stdout.write(`  ${outcome.verdict.padEnd(12)} ${claim.id}: ${outcome.measured} [${note}]\n`);
			}
		}
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function choose(experiments, only) {
	if (only.length === 0) return experiments;
	const wanted = experiments.filter(({ id }) => only.some((name) => id === name || id.startsWith(`${name}-`)));
	if (wanted.length > 0) return wanted;
	throw new Error(
		`--only: no experiment is '${only.join(", ")}'; there are ${experiments.map(({ id }) => id).join(", ")}`,
	);
}

function withCompared(experiments, chosen) {
	const ids = new Set(chosen.flatMap(({ id, comparesWith = [] }) => [id, ...comparesWith]));
	return experiments.filter(({ id }) => ids.has(id));
}

/** Runs what is not there yet. */
async function load({ here, options, loaded }, { id, name, tables = [] }, results, args) {
	const set = options.set.flatMap((value) => ["--set", value]);
	const { verb } = commandsOf(here(`${name}.yaml`)).full;
	const command = [MAIN, verb, here(`${name}.yaml`), "-o", results, "-w", options.workers, ...args, ...set];
	const { status } = spawnSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
	if (status !== 0) throw new Error(`${name} failed with exit code ${status}`);
	const folder = resultsOf(join(results, name), verb);
	const readers = { readRuns, readManifest, readTable };
	loaded.set(id, await (verb === "compact" ? loadTrials(folder, readers) : loadRuns(folder, tables, readers)));
}

function judged({ loaded }, { id, claims }) {
	const context = { runs: loaded.get(id), others: (other) => loaded.get(other) ?? null };
	return claims.map((claim) => ({ claim, outcome: evaluate(claim, context) }));
}

/** Paths of the figures from this folder, as far as the experiment declares any. */
function drawFigures({ here, options }, { name }) {
	const { verb } = commandsOf(here(`${name}.yaml`)).full;
	const folder = resultsOf(join(options.results, name), verb);
	const declared = join(folder, "figures.json");
	if (!existsSync(declared)) return [];
	const output = here(`figures/${name}`);
	// The figures of the file and no page.
	const chosen = JSON.parse(readFileSync(declared, "utf8")).figures.flatMap((figure) => ["--figure", figure.name]);
	const { status, stdout } = spawnSync(process.execPath, [MAIN, "report", folder, ...chosen, "-o", output, "--json"], {
		stdio: ["ignore", "pipe", "inherit"],
		encoding: "utf8",
	});
	if (status !== 0) throw new Error(`the figures of ${name} failed with exit code ${status}`);
	const { figures } = JSON.parse(stdout);
	return figures.filter(({ file }) => file !== null).map((figure) => `figures/${name}/${figure.name}.svg`);
}

function block(reproduction, experiment, figures) {
	const { here, loaded } = reproduction;
	const runs = loaded.get(experiment.id);
	const cpuSeconds = runs.reduce((sum, run) => sum + run.cpuSeconds, 0);
	const seeds = new Set(runs.map(({ seed }) => seed)).size;
	const { verb, command } = commandsOf(here(`${experiment.name}.yaml`)).full;
	const count =
		verb === "compact"
			? `${runs.length} trials`
			: `${runs.length} runs (${seeds === 1 ? "1 seed" : `${seeds} seeds`})`;
	const rows = judged(reproduction, experiment).map(({ claim: { claim, label, published }, outcome }) => [
		claim,
		label,
		published,
		outcome.measured,
		`**${outcome.verdict}**${outcome.why === "" ? "" : `: ${outcome.why}`}`,
	]);
	return [
		`\`${command}\`: ${count}, ${time(cpuSeconds)} of CPU time on ${machine()}.`,
		`Digest over all ${verb === "compact" ? "trials" : "runs"}: \`${experimentDigest(runs.map(({ digest }) => digest))}\`.`,
		"",
		row(["claim", "label", "published", "measured", "verdict"]),
		row(["---", "---", "---", "---", "---"]),
		...rows.map(row),
		...(experiment.table === undefined ? [] : ["", ...experiment.table(runs).map(row)]),
		...figures.map((file) => `\n![${experiment.title}: ${file.replace(/^.*\/|\.svg$/g, "")}](${file})`),
	].join("\n");
}

/** The verdicts of all experiments, counted in the text itself, so that one block can be written anew without the others' results. */
function withSummary(text, experiments) {
	const table = experiments.map(({ id, title }) => {
		const [, content] = new RegExp(`<!-- generated:${id} -->(.*?)<!-- /generated -->`, "s").exec(text) ?? [];
		const count = (verdict) => String(content?.split(`| **${verdict}**`).length - 1);
		return row([id, title, count("holds"), count("fails"), count("not asserted")]);
	});
	const head = [
		row(["experiment", "what", "holds", "fails", "not asserted"]),
		row(["---", "---", "--:", "--:", "--:"]),
	];
	return replaceBlock(text, "summary", [...head, ...table].join("\n"));
}

function row(cells) {
	return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function machine() {
	return `${cpus()[0].model.trim()} (Node.js ${process.version})`;
}

function time(seconds) {
	return seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}
