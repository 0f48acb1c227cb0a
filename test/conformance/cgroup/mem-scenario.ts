/**
 * The format of the measured memory scenarios, one JSON object a line: memory groups, processes with steps, and what a real
 * kernel did with them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../../src/objects/input-error.js";

export const VERBS = ["anon", "shm", "read", "write", "fork", "free", "wait", "pace"] as const;

/**
 * `anon`, `shm`: maps so many MB; `read`, `write`: page cache of so many MB of a file; `fork`: a child writes so many MB of what
 * it inherited; `free`: gives anonymous MB back; `wait`: ms; `pace`: from now on so many microseconds a MB.
 */
export interface Step {
	readonly verb: (typeof VERBS)[number];
	readonly amount: number;
}

const spread = z.object({ median: z.number(), min: z.number(), max: z.number() });

const scenarioSchema = z.object({
	id: z.string(),
	groups: z.array(
		z.strictObject({
			name: z.string(),
			parent: z.string(),
			limit_mb: z.number().nullable(),
			/** cgroup v1 only: the processes stop at the limit. */
			oom_kill_disable: z.number().optional(),
		}),
	),
	procs: z.array(
		z.strictObject({
			name: z.string(),
			group: z.string(),
			oom_score_adj: z.number().min(-1000).max(1000),
			start_ms: z.number(),
			steps: z.array(z.string().transform(readStep)),
		}),
	),
	set_limit: z.object({ group: z.string(), at_ms: z.number(), limit_mb: z.number() }).optional(),
	measured: z.object({
		/** By run, in order. */
		killed: z.array(z.array(z.string())).min(1),
		set_limit: z.array(z.string()).nullish(),
		groups: z.record(z.string(), z.object({ max_usage: spread, oom_kill: spread })),
		progress_mb: z.record(z.string(), z.record(z.string(), spread)),
	}),
});

export type MemoryScenario = z.infer<typeof scenarioSchema>;

/** The scenarios of the files `mem-*.jsonl` of a folder, in order. InputError with the line for what cannot be read. */
export function readMemoryScenarios(folder: string): readonly MemoryScenario[] {
	const files = readdirSync(folder).filter((name) => /^mem-.*\.jsonl$/.test(name));
	return files.sort().flatMap((name) => {
		const file = join(folder, name);
		const lines = readFileSync(file, "utf8").split("\n");
		return lines.flatMap((text, i) => (text.trim() === "" ? [] : [readScenario(text, at(file, i + 1))]));
	});
}

function readScenario(text: string, position: ReturnType<typeof at>): MemoryScenario {
	const parsed = scenarioSchema.safeParse(parseJson(text, position));
	if (!parsed.success) {
		const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
		throw new InputError(`${path.join(".")}: ${message}`, position);
	}
	checkNames(parsed.data, position);
	return parsed.data;
}

function parseJson(text: string, position: ReturnType<typeof at>): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new InputError(`not a JSON object: ${(error as Error).message}`, position);
	}
}

function readStep(text: string, context: z.RefinementCtx): Step {
	const [verb, ...rest] = text.split(":");
	const known = VERBS.find((each) => each === verb);
	if (known === undefined) {
		context.addIssue(`'${verb}' of step '${text}' is not known: a step is one of ${VERBS.join(", ")}`);
		return z.NEVER;
	}
	const amount = Number(rest.at(-1));
	if (rest.length === 0 || !Number.isInteger(amount) || amount < 0) {
		context.addIssue(`step '${text}' must end with a whole number, as in ${known}:30`);
		return z.NEVER;
	}
	return { verb: known, amount };
}

function checkNames({ groups, procs, set_limit }: MemoryScenario, position: ReturnType<typeof at>): void {
	const known = new Set<string>();
	const check = (name: string, by: string) => {
		if (!known.has(name)) throw new InputError(`${by}: there is no group '${name}' before it`, position);
	};
	for (const { name, parent } of groups) {
		if (parent !== "") check(parent, `parent of group '${name}'`);
		known.add(name);
	}
	for (const { name, group } of procs) check(group, `group of process '${name}'`);
	if (set_limit) check(set_limit.group, "set_limit");
}

function at(file: string, line: number) {
	return { file, line, column: 0 };
}
