/** What a real kernel gave to containers that share a node, as a suite: CPU (`cpu-*.jsonl`) and memory (`mem-*.jsonl`). */
import { readdirSync } from "node:fs";
import { InputError } from "../../../src/objects/input-error.js";
import type { GoldenCase, Suite } from "../suite.js";
import { cpuCases } from "./cpu-cases.js";
import { cpuExceptions } from "./exceptions.js";
import { memoryCases, memoryExceptions } from "./mem-cases.js";

export const cgroupSuite: Suite = {
	cases: (folder) => checked(folder, [...cpuCases(folder), ...memoryCases(folder)]),
	exceptions: [...cpuExceptions, ...memoryExceptions],
};

/** InputError for a folder with measurements of another form, or without any. */
function checked(folder: string, cases: readonly GoldenCase[]): readonly GoldenCase[] {
	const position = { file: folder, line: 0, column: 0 };
	const stray = readdirSync(folder).find((name) => name.endsWith(".jsonl") && !/^(cpu|mem)-/.test(name));
	if (stray !== undefined)
		throw new InputError(`'${stray}' is of no known form; there are cpu-*.jsonl and mem-*.jsonl`, position);
	if (cases.length === 0) throw new InputError("no scenarios: there is no cpu-*.jsonl and no mem-*.jsonl", position);
	return cases;
}
