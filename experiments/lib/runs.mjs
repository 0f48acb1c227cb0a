/** The runs that claims are about: the commands in the heads of the experiment files, and results as claims see them. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { seconds } from "./measure.mjs";

/**
 * Options of the two commands in the head of an experiment file, `cellsim run` or `cellsim compact`: full size and, where it names one,
 * the size for tests.
 */
export function commandsOf(file) {
	const lines = readFileSync(file, "utf8").matchAll(/^# +cellsim (run|compact) (\S+)(.*)$/gm);
	const [full, small = full] = [...lines].map(([, verb, path, rest]) => {
		// Words of explanation may follow.
		const options = [...rest.matchAll(/--(set|only) (\S+)/g)].map(([, option, value]) => ({ option, value }));
		const of = (wanted) => options.filter(({ option }) => option === wanted).map(({ value }) => value);
		const args = options.flatMap(({ option, value }) => [`--${option}`, value]);
		return { verb, command: [`cellsim ${verb}`, path, ...args].join(" "), args, set: of("set"), only: of("only") };
	});
	return { full, small };
}

/**
 * The runs in the results folder of an experiment, in its order. `readers` are readRuns, readManifest and readTable of cellsim;
 * `tables` names the tables that claims need.
 */
export async function loadRuns(folder, tables, { readRuns, readManifest, readTable }) {
	const rows = await readRuns(folder);
	return Promise.all(
		rows.map(async ({ run, seed, axes, metrics }) => {
			const { plan, digest, endTimeUs } = await readManifest(join(folder, run));
			const { clock } = plan.document.spec;
			const warmupUs = 1e6 * (clock?.warmup === undefined ? 0 : seconds(clock.warmup));
			const { cpuSeconds } = JSON.parse(await readFile(join(folder, run, "performance.json"), "utf8"));
			const read = async (table) => [table, (await readTable(join(folder, run, `${table}.arrow`))).columns];
			const columns = new Map(await Promise.all(tables.map(read)));
			const measuredSeconds = (endTimeUs - warmupUs) / 1e6;
			return {
				seed,
				axes,
				variant: plan.variant,
				metrics,
				measuredSeconds,
				warmupUs,
				digest,
				cpuSeconds,
				tables: columns,
			};
		}),
	);
}

/** The trials in the results folder of a compaction, one by one, as claims see runs. `readers` hold readRuns of cellsim. */
export async function loadTrials(folder, { readRuns }) {
	const rows = await readRuns(folder);
	return Promise.all(
		rows.map(async ({ run, seed, axes, metrics, digest }) => {
			const { cpuSeconds } = JSON.parse(await readFile(join(folder, run, "performance.json"), "utf8"));
			const variant = Object.fromEntries(axes);
			return { seed, axes, variant, metrics, measuredSeconds: 0, warmupUs: 0, digest, cpuSeconds, tables: new Map() };
		}),
	);
}

/** Where the results of a command are in the folder of an experiment's results. */
export function resultsOf(folder, verb) {
	return verb === "compact" ? join(folder, "compaction") : folder;
}
