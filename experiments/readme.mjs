// Runs the quickstart and writes what README.md shows of it: the chart, the table, the digests. `npm run readme`, on built code:
//
//     node experiments/readme.mjs [--results DIR] [--readme FILE] [--chart FILE]
//
// --results keeps the results in DIR/quickstart, and takes from there what is complete; otherwise they go after use.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { overview } from "../dist/cli/overview.js";
import { experimentDigest, readManifest } from "../dist/experiment/results/manifest.js";
import { readRuns } from "../dist/experiment/results/runs-table.js";
import { replaceBlock } from "../dist/report/generated-block.js";
import { variantChart } from "../dist/report/variant-chart.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const PANELS = [
	{ metric: "pending_time_mean_us", title: "Time pending, mean" },
	{ metric: "pending_time_p99_us", title: "Time pending, p99" },
	{ metric: "pods_unscheduled", title: "Pods that never got a node" },
	{ metric: "gpu_allocation", title: "GPU allocation" },
	{ metric: "gpu_fragmentation", title: "GPU fragmentation" },
	{ metric: "conflicts", title: "Conflicts at commit" },
];

/** The part of the quickstart that test/readme.test.ts runs again. */
const PART = { axis: "policy", value: "best-fit" };

const { values: options } = parseArgs({
	options: {
		results: { type: "string" },
		readme: { type: "string", default: here("../README.md") },
		chart: { type: "string", default: here("quickstart.svg") },
	},
});
const results = options.results ?? mkdtempSync(join(tmpdir(), "cellsim-readme-"));
try {
	const runs = await quickstart(results);
	const digest = experimentDigest(runs.map(({ manifest }) => manifest.digest));
	writeFileSync(options.chart, chart(runs, digest));
	const table = overview(runs.map(({ manifest }) => manifest));
	let text = readFileSync(options.readme, "utf8");
	text = replaceBlock(text, "quickstart-table", `\`\`\`text\n${table}\`\`\``);
	text = replaceBlock(text, "quickstart-digest", digests(runs, digest));
	writeFileSync(options.readme, text);
	process.stderr.write(`wrote ${options.chart} and ${options.readme}, digest over all runs: ${digest}\n`);
} finally {
	if (options.results === undefined) rmSync(results, { recursive: true, force: true });
}

/** Runs what is not there yet; every run of the experiment in its order, with matrix values, seed and manifest. */
async function quickstart(output) {
	const { status } = spawnSync(
		process.execPath,
		[here("../dist/cli/main.js"), "run", here("quickstart.yaml"), "-o", output],
		{ stdio: ["ignore", "ignore", "inherit"] },
	);
	if (status !== 0) throw new Error(`the quickstart failed with exit code ${status}`);
	const folder = join(output, "quickstart");
	const rows = await readRuns(folder);
	return Promise.all(rows.map(async (row) => ({ ...row, manifest: await readManifest(join(folder, row.run)) })));
}

function chart(runs, digest) {
	const variants = [...new Set(runs.map(({ variant }) => variant))].map((label) =>
		runs.filter(({ variant }) => variant === label),
	);
	const seeds = new Set(runs.map(({ seed }) => seed)).size;
	return variantChart({
		title: "Placement policies under two architectures",
		caption: `A synthetic GPU cell shaped like Alibaba's openb at a tenth, 24 hours, ${seeds} seeds. One scheduler decides alone (monolithic), or four decide on shared state and conflict where they overlap. GPU fragmentation: share of free GPU capacity on nodes where a recent pod does not fit. Made from experiments/quickstart.yaml; digest over all runs ${digest}.`,
		panels: PANELS,
		columns: 3,
		variants: variants.map((rows) => ({
			label: rows[0].axes.get("policy"),
			group: rows[0].axes.get("architecture"),
			values: new Map(PANELS.map(({ metric }) => [metric, rows.flatMap(({ metrics }) => metrics.get(metric) ?? [])])),
		})),
	});
}

function digests(runs, digest) {
	const part = runs.filter(({ axes }) => axes.get(PART.axis) === PART.value);
	const partDigest = experimentDigest(part.map(({ manifest }) => manifest.digest));
	return [
		`Digest over all runs: \`${digest}\`; with \`--only ${PART.axis}=${PART.value}\`: \`${partDigest}\`. \`cellsim run\` prints it; with this`,
		"code and the same Node.js it is the same on any machine, on any number of workers.",
	].join("\n");
}
