/** The runs that claims are about: the commands in the heads of the experiment files, and results as claims see them. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { seconds } from "./measure.mjs";

/** Options of the two commands in the head of an experiment file: full size and, where it names one, the size for tests. */
export function commandsOf(file) {
	const lines = readFileSync(file, "utf8").matchAll(/^# +cellsim run (\S+)(.*)$/gm);
	const [full, small = full] = [...lines].map(([, path, rest]) => {
		// Words of explanation may follow.
		const options = [...rest.matchAll(/--(set|only) (\S+)/g)].map(([, option, value]) => ({ option, value }));
		const of = (wanted) => options.filter(({ option }) => option === wanted).map(({ value }) => value);
		const args = options.flatMap(({ option, value }) => [`--${option}`, value]);
		return { command: ["cellsim run", path, ...args].join(" "), args, set: of("set"), only: of("only") };
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
