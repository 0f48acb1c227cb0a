/**
 * The history of one pod in a finished run, from the tables `pods`, `jobs` and `attempts`; with the table `changes`, also of a
 * pod that lost its node and began anew.
 *
 * Attempts are recorded by job. A pod that never lost its node was looked at by the first attempts of its job, as many as the
 * pod counts. One that did has gaps that only `changes` tells; without it every attempt of the job is shown, and a note says so.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { unavailable } from "../../metrics/probes/rejection-text.js";
import { column, type Rows, readBatches } from "../../metrics/sinks/read.js";
import { InputError } from "../../objects/input-error.js";
import { nearest } from "../../objects/suggest.js";
import { namedProcesses } from "../assemble.js";
import { specOf } from "../registries.js";
import { type KubernetesAttempt, kubernetesAttempts } from "./kubernetes-attempts.js";
import { type RunManifest, readManifest } from "./manifest.js";

/** One thing that happened to the pod. Times are microseconds from the start of the run. */
export type HistoryEntry =
	| { readonly what: "submitted"; readonly timeUs: number }
	| AttemptEntry
	| {
			readonly what: "bound" | "started" | "requeued" | "ended" | "turned away";
			readonly timeUs: number;
			readonly detail: string;
	  };

export interface AttemptEntry {
	readonly what: "attempt";
	/** When the decision began, and when it was settled. */
	readonly beginUs: number;
	readonly timeUs: number;
	/** Name of the scheduler process. */
	readonly scheduler: string;
	/** What the attempt came to for the whole job. */
	readonly outcome: string;
	/** Pods of the job that waited, were bound, conflicted. */
	readonly pods: number;
	readonly placed: number;
	readonly conflicts: number;
	/** Conflicts by reason: "2 no-longer-fits"; "" without. */
	readonly conflictReasons: string;
	/** Why a pod got no node, in kubectl's words; null if every pod was given one. */
	readonly reasons: string | null;
	/** Whether the reasons are the pod's own. If not, they are those of one of the pods of its job, which may be another. */
	readonly own: boolean;
}

export interface PodFacts {
	/** Position in the order of submission. */
	readonly pod: number;
	readonly name: string;
	readonly job: string;
	readonly jobPods: number;
	readonly gang: boolean;
	readonly className: string;
	readonly priority: number;
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	readonly gpuMilli: number;
	/** Other resources, `name=amount`; "" without. */
	readonly otherRequests: string;
	/** How it ended, or its phase at the end of the run. */
	readonly outcome: string;
	readonly node: string | null;
	readonly pendingTimeUs: number | null;
	readonly attempts: number;
	readonly requeues: number;
}

export interface Explanation {
	readonly pod: PodFacts;
	/** In order of time. */
	readonly history: readonly HistoryEntry[];
	/** Its attempts by kube-scheduler, with everything that was found out; empty where another scheduler decided. */
	readonly kubernetes: readonly KubernetesAttempt[];
	/** Why no scheduler tries it; null if one does, or nobody knows. */
	readonly leftAlone: string | null;
	readonly notes: readonly string[];
}

const TABLES = ["pods", "jobs", "attempts"] as const;

/**
 * The history of the pod that has this name, or else this number. InputError: the folder is not that of a run, a table is
 * missing, no pod or several have the name.
 */
export async function explainPod(folder: string, pod: string): Promise<Explanation> {
	const manifest = await readManifest(folder);
	const { plan } = manifest;
	const missing = TABLES.filter((table) => !existsSync(fileOf(folder, table)));
	if (missing.length > 0) {
		const names = missing.length === 1 ? `the table '${missing[0]}'` : `the tables ${missing.join(", ")}`;
		throw new InputError(
			`'${folder}' was run without ${names}, which explain needs: add ${missing.join(", ")} to spec.outputs.tables and run it again`,
		);
	}
	const row = await findPod(fileOf(folder, "pods"), pod);
	const schedulers = namedProcesses(specOf(plan.document)).map(({ name }) => name);
	const job = (await rowsWith(fileOf(folder, "jobs"), "job", row["job"]!))[0]!;
	const rows = await rowsWith(fileOf(folder, "attempts"), "job", row["job"]!);
	const facts = factsOf(row, job);
	const notes: string[] = [];
	const turnedAway = (job["turned_away"] as string | null | undefined) ?? null;
	const changes =
		turnedAway === null && existsSync(fileOf(folder, "changes"))
			? (await rowsWith(fileOf(folder, "changes"), "pod", facts.pod)).map(changeOf)
			: null;
	const life = changes ?? lifeOf(row, turnedAway);
	const bindings = changes === null && facts.requeues > 0 ? null : life.filter(({ what }) => what === "bound");
	const attempts = attemptsOf(
		facts,
		rows.map((attempt) => attemptOf(attempt, facts, schedulers, bindings)),
		changes,
		notes,
	);
	const submitted: HistoryEntry = { what: "submitted", timeUs: row["submit_time_us"] as number };
	const { attempts: kubernetes, leftAlone } = await triedAgain(folder, manifest, facts, notes);
	return { pod: facts, history: [submitted, ...merge(attempts, life)], kubernetes, leftAlone, notes };
}

/** What is only to be had by making the run again is left out, with a note, where it cannot be made. */
async function triedAgain(
	folder: string,
	manifest: RunManifest,
	facts: PodFacts,
	notes: string[],
): Promise<Pick<Explanation, "leftAlone"> & { readonly attempts: readonly KubernetesAttempt[] }> {
	const nothing = { attempts: [], leftAlone: null };
	const { schedulers } = specOf(manifest.plan.document).scheduling;
	if (!schedulers.some(({ scheduler }) => scheduler.name === "kube-scheduler")) return nothing;
	try {
		const { attempts, leftAlone, warning } = await kubernetesAttempts(folder, manifest, facts);
		if (warning !== null) notes.push(warning);
		return { attempts, leftAlone };
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		notes.push(`what each node and plugin said is not shown: ${error.message}`);
		return nothing;
	}
}

/** Pods whose names begin alike: how many got a node, how many never did, and the number of the first of these. */
export interface PendingPods {
	readonly placed: number;
	readonly pending: number;
	readonly first: number;
}

/** The pods of a run whose names begin with `prefix`. InputError: its pods were not written, or none of them is pending. */
export async function pendingPods(folder: string, prefix: string): Promise<PendingPods> {
	await readManifest(folder);
	if (!existsSync(fileOf(folder, "pods")))
		throw new InputError(
			`'${folder}' was run without the table 'pods': add it to spec.outputs.tables and run it again`,
		);
	let [placed, pending, first] = [0, 0, -1];
	for await (const batch of readBatches(fileOf(folder, "pods"))) {
		const [names, pods] = [column(batch, "name"), column(batch, "pod")];
		const [outcomes, bound] = [column(batch, "outcome"), column(batch, "bound_time_us")];
		names.forEach((name, i) => {
			if (!(name as string).startsWith(prefix)) return;
			if (bound[i] !== null) placed++;
			else if (outcomes[i] === "pending") {
				pending++;
				const pod = pods[i] as number;
				first = first < 0 ? pod : Math.min(first, pod);
			}
		});
	}
	if (pending > 0) return { placed, pending, first };
	const which = prefix === "" ? "" : ` whose name begins with '${prefix}'`;
	throw new InputError(`no pod${which} is pending at the end of this run (${placed} got a node)`);
}

type Row = Readonly<
	Record<string, Rows["columns"] extends ReadonlyMap<string, readonly (infer Cell)[]> ? Cell : never>
>;

function fileOf(folder: string, table: string): string {
	return join(folder, `${table}.arrow`);
}

/** Rows whose cell in column `key` is `value`, in the order of the file, of which one batch is in memory at a time. */
async function rowsWith(file: string, key: string, value: Row[string]): Promise<readonly Row[]> {
	const found: Row[] = [];
	for await (const batch of readBatches(file)) {
		const cells = column(batch, key);
		for (let at = cells.indexOf(value); at >= 0; at = cells.indexOf(value, at + 1)) {
			found.push(Object.fromEntries([...batch.columns].map(([name, cells]) => [name, cells[at]!])));
		}
	}
	return found;
}

async function findPod(file: string, pod: string): Promise<Row> {
	const named = await rowsWith(file, "name", pod);
	if (named.length > 1) {
		const numbers = named.map((row) => row["pod"]).join(", ");
		throw new InputError(`${named.length} pods are named '${pod}': give the number of one, ${numbers}`);
	}
	const [found] = named.length === 0 && /^\d+$/.test(pod) ? await rowsWith(file, "pod", Number(pod)) : named;
	if (found !== undefined) return found;
	const names: string[] = [];
	for await (const batch of readBatches(file)) names.push(...(column(batch, "name") as readonly string[]));
	const near = nearest(pod, names);
	if (names.length === 0) throw new InputError(`there is no pod '${pod}' in this run: it had none`);
	const hint = near === null ? `pods have names such as '${names[0]}'` : `did you mean '${near}'?`;
	throw new InputError(
		`there is no pod '${pod}' in this run; ${hint} (they are numbered from 0 to ${names.length - 1})`,
	);
}

function factsOf(row: Row, job: Row): PodFacts {
	return {
		pod: row["pod"] as number,
		name: row["name"] as string,
		job: job["name"] as string,
		jobPods: job["pods"] as number,
		gang: job["gang"] as boolean,
		className: row["class"] as string,
		priority: row["priority"] as number,
		cpuMilli: row["cpu_request_milli"] as number,
		memoryBytes: row["memory_request_bytes"] as number,
		gpuMilli: row["gpu_request_milli"] as number,
		otherRequests: (row["other_requests"] as string | null) ?? "",
		outcome: row["outcome"] as string,
		node: row["node"] as string | null,
		pendingTimeUs: row["pending_time_us"] as number | null,
		attempts: row["attempts"] as number,
		requeues: row["requeues"] as number,
	};
}

function attemptOf(
	row: Row,
	facts: PodFacts,
	schedulers: readonly string[],
	bindings: readonly LifeEntry[] | null,
): AttemptEntry {
	const index = row["scheduler"] as number;
	const unplaced = row["unplaced"] as number;
	const { nodes, rejections, own } = rejectionsOf(row, facts, bindings);
	return {
		what: "attempt",
		beginUs: row["begin_time_us"] as number,
		timeUs: row["commit_time_us"] as number,
		scheduler: schedulers[index] ?? `#${index}`,
		outcome: row["outcome"] as string,
		pods: row["pods"] as number,
		placed: row["placed"] as number,
		conflicts: row["conflicts"] as number,
		conflictReasons: (row["conflict_reasons"] as string | null) ?? "",
		reasons: unplaced === 0 ? null : unavailable(nodes, rejections),
		own,
	};
}

/** What the pod was rejected for if that is known, or else the first pod without a node. */
function rejectionsOf(
	row: Row,
	facts: PodFacts,
	bindings: readonly LifeEntry[] | null,
): { readonly nodes: number; readonly rejections: string; readonly own: boolean } {
	const groups: readonly RejectedPods[] = JSON.parse((row["rejections_by_pods"] as string | null) ?? "[]");
	const mine = groups.find(({ pods }) => pods.includes(facts.pod));
	if (mine !== undefined) return { ...mine, own: true };
	const rejections = (row["rejections"] as string | null) ?? "";
	return { nodes: row["nodes"] as number, rejections, own: isOwn(row, facts, bindings) };
}

/** As the table `attempts` has them. */
interface RejectedPods {
	readonly pods: readonly number[];
	readonly nodes: number;
	readonly rejections: string;
}

/**
 * Whether the pod surely was among those without a node, and these were all identical. `bindings` are all of the pod's, null if
 * not all are known.
 */
function isOwn(row: Row, { jobPods }: PodFacts, bindings: readonly LifeEntry[] | null): boolean {
	const [pods, placed, unplaced] = ["pods", "placed", "unplaced"].map((name) => row[name] as number);
	if (unplaced === 0 || row["alike"] !== true) return false;
	if (jobPods === 1 || unplaced === pods) return true;
	// How one of several pods fared is known where none had a conflict: it was bound just then, or found no node.
	if (bindings === null || placed! + unplaced! !== pods) return false;
	return bindings.every(({ timeUs }) => timeUs !== row["commit_time_us"]);
}

function changeOf(row: Row): LifeEntry {
	const what = (row["change"] as string).replace("pod-", "") as LifeEntry["what"];
	const place = row["node"] === null ? "" : `${what === "bound" ? "to" : "on"} ${row["node"]}`;
	const detail = [row["reason"], place].filter((part) => part !== null && part !== "").join(" ");
	return { what, timeUs: row["time_us"] as number, detail };
}

type LifeEntry = Exclude<HistoryEntry, AttemptEntry | { readonly what: "submitted" }>;

/** What the pod's own row tells: the first binding, the latest start, the end; or why its job was not taken in. */
function lifeOf(row: Row, turnedAway: string | null): readonly LifeEntry[] {
	const entries: LifeEntry[] = [];
	const put = (what: LifeEntry["what"], timeUs: Row[string], detail: string) => {
		if (timeUs !== null) entries.push({ what, timeUs: timeUs as number, detail });
	};
	const moved = (row["requeues"] as number) > 0;
	put("bound", row["bound_time_us"]!, moved || row["node"] === null ? "for the first time" : `to ${row["node"]}`);
	put(
		"started",
		row["start_time_us"]!,
		row["node"] === null ? "" : `on ${row["node"]}${moved ? ", for the last time" : ""}`,
	);
	if (turnedAway === null) put("ended", row["end_time_us"]!, row["outcome"] as string);
	else put("turned away", row["end_time_us"]!, turnedAway);
	return entries;
}

/** The attempts of the job that looked at this pod. */
function attemptsOf(
	{ requeues, jobPods, attempts: seen }: PodFacts,
	attempts: readonly AttemptEntry[],
	changes: readonly LifeEntry[] | null,
	notes: string[],
): readonly AttemptEntry[] {
	if (requeues === 0) {
		if (seen > attempts.length) notes.push("a decision on the pod was under way when the run ended");
		return attempts.slice(0, seen);
	}
	if (changes !== null) return attempts.filter((attempt) => waits(attempt, changes));
	const times = requeues === 1 ? "once" : `${requeues} times`;
	notes.push(`the pod lost its node ${times}: add the table 'changes' to spec.outputs.tables to see when`);
	if (jobPods > 1 && seen < attempts.length)
		notes.push(`these are the ${attempts.length} attempts of its job, of which ${seen} looked at this pod`);
	return attempts;
}

/** Whether the pod had no node when the attempt began. */
function waits({ beginUs, timeUs }: AttemptEntry, changes: readonly LifeEntry[]): boolean {
	const boundBefore = changes.filter(({ what, timeUs: at }) => what === "bound" && at < timeUs).length;
	const lostBefore = changes.filter(({ what, timeUs: at }) => what === "requeued" && at <= beginUs).length;
	return lostBefore >= boundBefore;
}

/** Two lists that are each in order, merged by time; of one instant, attempts stand before binding and start, after anything else. */
function merge(attempts: readonly AttemptEntry[], life: readonly LifeEntry[]): readonly HistoryEntry[] {
	const merged: HistoryEntry[] = [];
	let next = 0;
	for (const entry of life) {
		const goesFirst = ({ timeUs }: AttemptEntry) =>
			timeUs < entry.timeUs || (timeUs === entry.timeUs && (entry.what === "bound" || entry.what === "started"));
		while (next < attempts.length && goesFirst(attempts[next]!)) merged.push(attempts[next++]!);
		merged.push(entry);
	}
	return [...merged, ...attempts.slice(next)];
}
