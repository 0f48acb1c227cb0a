/** Timelines recorded from a real control plane: one scenario a file, several repeats of it. The format is in the data's README. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { InputError } from "../../../src/objects/input-error.js";

export type Raw = Readonly<Record<string, unknown>>;

/** A change of an object, or something that the driver did. `t`: milliseconds from the start of the run. */
export interface TimelineEvent extends Raw {
	readonly t: number;
	/** `Pod`, `Deployment`, ..., `Event`, `ACTION`. */
	readonly k: string;
	readonly n?: string;
	readonly op?: "A" | "M" | "D";
	/** Of an ACTION: what was done. */
	readonly do?: string;
}

export interface Scenario {
	readonly scenario: string;
	readonly setup: {
		readonly nodes: number;
		readonly zones: number;
		/** Command lines of the components. */
		readonly flags: string;
		readonly nodeAllocatable: Readonly<Record<string, string | number>>;
		readonly fakeKubelet: { readonly startMs: number; readonly readyMs: number; readonly termMs: number };
	};
	readonly manifests: readonly { readonly id: number; readonly what: string; readonly object: Raw }[];
	/** `t0UTC`: when it began, `06:33:00.454`. */
	readonly runs: readonly { readonly t0UTC: string; readonly events: readonly TimelineEvent[] }[];
}

export function scenarioNames(folder: string): readonly string[] {
	const names = readdirSync(folder).filter((file) => file.endsWith(".json.gz"));
	if (names.length === 0) throw new InputError(`no scenarios (*.json.gz) in ${folder}`);
	return names.map((file) => file.slice(0, -".json.gz".length)).sort();
}

export function readScenario(folder: string, name: string): Scenario {
	const file = join(folder, `${name}.json.gz`);
	try {
		return JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as Scenario;
	} catch (cause) {
		throw new InputError(`cannot be read as a recorded scenario: ${String(cause)}`, { file, line: 0, column: 0 });
	}
}
