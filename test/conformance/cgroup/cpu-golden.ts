/**
 * CPU scenarios that were measured on a real kernel: a tree of groups with their shares, quotas and threads, and what each got.
 * A file `cpu-*.jsonl` has one a line. InputError with file and line for what cannot be read or is not of the form.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../../src/objects/input-error.js";

const spread = z.object({ median: z.number(), min: z.number(), max: z.number() });

const threadsSchema = z.strictObject({
	n: z.int().positive(),
	/** CPUs that each wants. */
	demand: z.number().min(0).max(1),
	period_ms: z.number().positive().optional(),
	cpus: z.array(z.int().nonnegative()).min(1).optional(),
});

const groupSchema = z.strictObject({
	name: z.string().min(1),
	shares: z.number().positive(),
	quota_us: z.number().positive().optional(),
	period_us: z.number().positive().optional(),
	burst_us: z.number().nonnegative().optional(),
	threads: z.array(threadsSchema).optional(),
	get children() {
		return z.array(groupSchema).optional();
	},
});

const scenarioSchema = z.object({
	id: z.string().min(1),
	cpus: z.int().positive(),
	desc: z.string(),
	children: z.array(groupSchema).min(1),
	measured: z.object({
		window_s: z.number().positive(),
		/** By path of the group: CPU seconds per second of its own threads; by run also on each CPU. */
		leaf: z.record(z.string(), z.object({ share: spread, per_cpu_runs: z.array(z.array(z.number())).min(1) })),
		/** By path of a group with a quota; time in nanoseconds. */
		throttle: z.record(z.string(), z.object({ nr_periods: spread, nr_throttled: spread, throttled_time: spread })),
		/** CPUs. */
		noise: z.object({ other: spread, steal: spread }),
	}),
});

export type Spread = z.infer<typeof spread>;
export type GoldenThreads = z.infer<typeof threadsSchema>;
export type GoldenGroup = z.infer<typeof groupSchema>;
export type CpuScenario = z.infer<typeof scenarioSchema>;

/** The scenarios of all files `cpu-*.jsonl` of a folder, by file and line. */
export function readCpuScenarios(folder: string): readonly CpuScenario[] {
	return jsonLines(folder, "cpu-").flatMap(({ path, lines }) =>
		lines.map((text, i) => checkedScenario(text, { file: path, line: i + 1, column: 0 })),
	);
}

/** The lines of the files of a folder whose names begin with `prefix` and end with `.jsonl`, by name. */
export function jsonLines(
	folder: string,
	prefix: string,
): { readonly path: string; readonly lines: readonly string[] }[] {
	let names: readonly string[];
	try {
		names = readdirSync(folder);
	} catch (error) {
		throw new InputError(`cannot be read: ${(error as Error).message}`, { file: folder, line: 0, column: 0 });
	}
	const wanted = names.filter((name) => name.startsWith(prefix) && name.endsWith(".jsonl")).sort();
	return wanted.map((name) => {
		const path = join(folder, name);
		return { path, lines: readFileSync(path, "utf8").trimEnd().split("\n") };
	});
}

function checkedScenario(text: string, position: { file: string; line: number; column: number }): CpuScenario {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new InputError(`not JSON: ${(error as Error).message}`, position);
	}
	const result = scenarioSchema.safeParse(json);
	if (!result.success) {
		const issue = result.error.issues[0]!;
		throw new InputError(`${issue.path.join(".") || "line"}: ${issue.message}`, position);
	}
	const scenario = result.data;
	const groups = new Map(scenario.children.flatMap((child) => withPaths(child, "")));
	for (const [field, measured] of Object.entries({
		leaf: scenario.measured.leaf,
		throttle: scenario.measured.throttle,
	})) {
		const stray = Object.keys(measured).find((path) => !groups.has(path));
		if (stray !== undefined)
			throw new InputError(
				`measured.${field}: there is no group '${stray}'; there are ${[...groups.keys()].join(", ")}`,
				position,
			);
	}
	const tied = [...groups.values()].flatMap(({ threads = [] }) => threads.flatMap(({ cpus = [] }) => cpus));
	const absent = tied.find((cpu) => cpu >= scenario.cpus);
	if (absent !== undefined)
		throw new InputError(`threads are tied to CPU ${absent}; there are CPUs 0 to ${scenario.cpus - 1}`, position);
	return scenario;
}

function withPaths(group: GoldenGroup, above: string): (readonly [string, GoldenGroup])[] {
	const path = `${above}${group.name}`;
	return [[path, group], ...(group.children ?? []).flatMap((child) => withPaths(child, `${path}/`))];
}
