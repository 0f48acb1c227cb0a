/**
 * The format of the recorded decisions of the real kube-scheduler: a scenario (what there is and what happens) and a golden (what
 * the scheduler decided), one file each, JSON or gzipped JSON.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A Kubernetes manifest, not yet read. */
export type Raw = Readonly<Record<string, unknown>>;

export interface Step {
	readonly op: "schedule" | "removeVictims" | "removeGates" | "addNode" | "updateNode" | "deletePod";
	readonly pod?: string;
	readonly node?: Raw;
}

export interface TimedEvent {
	/** Seconds. */
	readonly time: number;
	readonly op: "createPod" | "updatePod" | "deletePod" | "addNode" | "updateNode";
	readonly pod?: string;
	readonly newPod?: Raw;
	readonly node?: Raw;
}

export interface Scenario {
	readonly name: string;
	readonly mode?: "queue";
	readonly schedulerConfiguration: Raw;
	readonly namespaces?: readonly Raw[];
	readonly nodes: readonly Raw[];
	readonly services?: readonly Raw[];
	readonly replicationControllers?: readonly Raw[];
	readonly replicaSets?: readonly Raw[];
	readonly statefulSets?: readonly Raw[];
	readonly podDisruptionBudgets?: readonly Raw[];
	readonly boundPods?: readonly Raw[];
	readonly pods: readonly Raw[];
	readonly order: "list" | "queue";
	readonly steps?: readonly Step[];
	readonly preemptionMode: "immediate" | "deferred";
	readonly events?: readonly TimedEvent[];
	readonly attemptMillis?: number;
	readonly untilSeconds?: number;
}

/** Decisions and the rest are compared as they are, so only what is used by name is typed. */
export interface Golden {
	readonly decisions: readonly Raw[];
	readonly [field: string]: unknown;
}

export interface Case {
	readonly name: string;
	readonly scenario: Scenario;
	readonly golden: Golden;
}

/** The names of the scenarios in a folder, in order. */
export function caseNames(folder: string): readonly string[] {
	const names = readdirSync(folder).flatMap((file) => /^(.*)\.scenario\.json(\.gz)?$/.exec(file)?.[1] ?? []);
	return [...new Set(names)].sort();
}

export function readCase(folder: string, name: string): Case {
	return {
		name,
		scenario: readJson(join(folder, `${name}.scenario.json`)) as Scenario,
		golden: readJson(join(folder, `${name}.golden.json`)) as Golden,
	};
}

function readJson(path: string): unknown {
	const text = existsSync(path) ? readFileSync(path, "utf8") : gunzipSync(readFileSync(`${path}.gz`)).toString("utf8");
	return JSON.parse(text);
}
