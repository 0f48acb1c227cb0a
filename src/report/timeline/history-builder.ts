/**
 * Puts the history of a run together from its tables, batch by batch: `nodes` first, then `changes`, `pods` and `attempts`, each where it was
 * written. Runs in Node.js and in the page alike.
 *
 * Where a pod was is what `changes` says, which knows every stay. Without it, it is what the pod's own row says: its first binding
 * and its last node, which is wrong only for a pod that lost its node, so that such a pod is drawn from its latest start on.
 */
import { unavailable } from "../../metrics/probes/rejection-text.js";
import { AbsenceBuilder } from "./absence-builder.js";
import type { CellHistory, PodShape, Pods, Stays } from "./history.js";
import { NodeSampler } from "./node-sampler.js";
import { Interned, Numbers } from "./numbers.js";

/** Some rows of a table. */
export interface TableRows {
	readonly length: number;
	/** The cells of a column; null where the table has none of that name, as tables of older versions. */
	readonly column: (name: string) => ArrayLike<number | string | boolean | null> | null;
}

export interface RunFacts {
	readonly endUs: number;
	/** Names of scheduler processes. */
	readonly schedulers: readonly string[];
	/** Which of the tables there are. */
	readonly tables: readonly string[];
}

/** The tables that a history is made of, in the order in which they must be given. */
export const HISTORY_TABLES = ["nodes", "changes", "pods", "attempts"] as const;
export type HistoryTable = (typeof HISTORY_TABLES)[number];

export class HistoryBuilder {
	readonly #facts: RunFacts;
	readonly #nodes = new Interned();
	readonly #sampler: NodeSampler;
	readonly #absences: AbsenceBuilder;
	readonly #changes = { pod: new Numbers(), node: new Numbers(), from: new Numbers(), to: new Numbers() };
	/** By ordinal of the pod, its row in `#changes` that is not over yet. */
	readonly #staying = new Map<number, number>();
	readonly #pods = new PodBuilder();

	constructor(facts: RunFacts) {
		this.#facts = facts;
		this.#sampler = new NodeSampler(this.#nodes);
		this.#absences = new AbsenceBuilder(facts.endUs);
	}

	add(table: HistoryTable, rows: TableRows): void {
		if (table === "nodes") this.#sampler.add(rows);
		else if (table === "changes") this.#addChanges(rows);
		else if (table === "pods") this.#pods.add(rows);
		else this.#pods.addAttempts(rows);
	}

	build(): CellHistory {
		const { endUs, schedulers, tables } = this.#facts;
		const { pods, last } = this.#pods.build();
		const stays = tables.includes("changes") ? this.#staysOfChanges(pods) : this.#staysOfPods(pods, last);
		const sampled = this.#sampler.build();
		if (!tables.includes("changes")) this.#absences.addSamples(sampled);
		return {
			endUs,
			nodes: this.#nodes.texts,
			capacity: sampled?.capacity ?? null,
			pods,
			stays,
			absences: this.#absences.build(),
			samples: sampled?.usage ?? null,
			schedulers,
			notes: this.#notes(pods),
		};
	}

	#addChanges(rows: TableRows): void {
		const [times, kinds, pods, nodes] = ["time_us", "change", "pod", "node"].map((name) => rows.column(name)!);
		for (let row = 0; row < rows.length; row++) {
			const [timeUs, kind, node] = [times![row] as number, kinds![row] as string, nodes![row] as string | null];
			if (kind.startsWith("node-")) this.#absences.addChange(this.#nodeNumber(node!), kind, timeUs);
			else if (kind === "pod-bound") this.#begin(pods![row] as number, node!, timeUs);
			else if (kind === "pod-ended" || kind === "pod-requeued") this.#end(pods![row] as number, timeUs);
		}
	}

	#begin(pod: number, node: string, timeUs: number): void {
		const number = this.#nodeNumber(node);
		if (number < 0) return;
		this.#staying.set(pod, this.#changes.pod.length);
		this.#changes.pod.push(pod);
		this.#changes.node.push(number);
		this.#changes.from.push(timeUs);
		this.#changes.to.push(Number.NaN);
	}

	#end(pod: number, timeUs: number): void {
		const row = this.#staying.get(pod);
		if (row === undefined) return;
		this.#staying.delete(pod);
		this.#changes.to.values[row] = timeUs;
	}

	/** -1 for a node that is none of the machines: an alloc. */
	#nodeNumber(name: string): number {
		return this.#facts.tables.includes("nodes") ? (this.#nodes.find(name) ?? -1) : this.#nodes.number(name);
	}

	#staysOfChanges(pods: Pods): Stays {
		const { pod, node, from, to } = this.#changes;
		const rows = new Map<number, number>();
		for (let row = 0; row < pods.length; row++) rows.set(pods.ordinals[row]!, row);
		return {
			length: pod.length,
			pod: Int32Array.from(pod.values, (ordinal) => rows.get(ordinal) ?? -1),
			node: Int32Array.from(node.values),
			fromUs: from.values,
			toUs: to.values.map((us) => (Number.isNaN(us) ? this.#facts.endUs : us)),
		};
	}

	#staysOfPods({ length, boundUs, endUs, requeues }: Pods, { nodes, startUs }: LastStays): Stays {
		const columns = { pod: new Numbers(), node: new Numbers(), from: new Numbers(), to: new Numbers() };
		for (let row = 0; row < length; row++) {
			const name = nodes[row]!;
			const node = name === null ? -1 : this.#nodeNumber(name);
			const from = requeues[row]! > 0 ? startUs[row]! : boundUs[row]!;
			if (node < 0 || Number.isNaN(from)) continue;
			columns.pod.push(row);
			columns.node.push(node);
			columns.from.push(from);
			columns.to.push(Number.isNaN(endUs[row]!) ? this.#facts.endUs : endUs[row]!);
		}
		return {
			length: columns.pod.length,
			pod: Int32Array.from(columns.pod.values),
			node: Int32Array.from(columns.node.values),
			fromUs: columns.from.values,
			toUs: columns.to.values,
		};
	}

	#notes(pods: Pods): readonly string[] {
		const { tables } = this.#facts;
		const lost = pods.requeues.reduce((count, times) => count + (times > 0 ? 1 : 0), 0);
		const missing = (table: string, what: string) => (tables.includes(table) ? [] : [`${what}: ${howToAdd(table)}`]);
		return [
			...missing("pods", "which pods were where is not known"),
			...missing("nodes", "how large the nodes are, and when they were away, is not known"),
			...missing("attempts", "why pods waited is not known"),
			...(lost > 0 ? missing("changes", `${lost} pods lost their node, of which only the last stay is drawn`) : []),
		];
	}
}

/** What to write into the experiment file for a table. */
export function howToAdd(table: string): string {
	const entry = table === "nodes" ? "{name: nodes, every: 5m}" : table;
	return `add ${entry} to spec.outputs.tables and run it again`;
}

/** By pod, its last node and when it started there last. */
interface LastStays {
	readonly nodes: readonly (string | null)[];
	readonly startUs: Float64Array;
}

/** Columns by pod, and by its job what its attempts came to. */
class PodBuilder {
	readonly #names: string[] = [];
	readonly #nodes: (string | null)[] = [];
	readonly #shapes: PodShape[] = [];
	readonly #shapeKeys = new Interned();
	readonly #outcomes = new Interned();
	readonly #reasons = new Interned();
	readonly #columns = Object.fromEntries(
		["pod", "job", "submit_time_us", "bound_time_us", "start_time_us", "end_time_us", "attempts", "requeues"].map(
			(name) => [name, new Numbers()],
		),
	);
	readonly #shape = new Numbers();
	readonly #outcome = new Numbers();
	readonly #jobs = new Map<number, { scheduler: number; reason: number }>();

	add(rows: TableRows): void {
		for (const [name, numbers] of Object.entries(this.#columns)) {
			const cells = rows.column(name)!;
			for (let row = 0; row < rows.length; row++) numbers.push((cells[row] as number | null) ?? Number.NaN);
		}
		const [names, nodes, outcomes] = ["name", "node", "outcome"].map((name) => rows.column(name)!);
		const asked = ["class", "priority", "cpu_request_milli", "memory_request_bytes", "gpu_request_milli"].map(
			(name) => rows.column(name)!,
		);
		for (let row = 0; row < rows.length; row++) {
			this.#names.push(names![row] as string);
			this.#nodes.push(nodes![row] as string | null);
			this.#outcome.push(this.#outcomes.number(outcomes![row] as string));
			this.#shape.push(this.#shapeNumber(asked.map((cells) => cells[row]!)));
		}
	}

	addAttempts(rows: TableRows): void {
		const cells = ["job", "scheduler", "placed", "conflicts", "unplaced", "nodes"].map((name) => rows.column(name)!);
		const [rejections, conflictReasons] = ["rejections", "conflict_reasons"].map((name) => rows.column(name)!);
		for (let row = 0; row < rows.length; row++) {
			const [job, scheduler, placed, conflicts, unplaced, nodes] = cells.map((column) => column[row] as number);
			let facts = this.#jobs.get(job!);
			if (facts === undefined) this.#jobs.set(job!, (facts = { scheduler: -1, reason: -1 }));
			if (placed! > 0) facts.scheduler = scheduler!;
			if (unplaced! > 0)
				facts.reason = this.#reasons.number(unavailable(nodes!, (rejections![row] as string | null) ?? ""));
			else if (conflicts! > 0) facts.reason = this.#reasons.number(`conflict at commit: ${conflictReasons![row]}`);
		}
	}

	/** The pods in the order of submission, and what is not kept of them. */
	build(): { readonly pods: Pods; readonly last: LastStays } {
		const ordinals = this.#columns["pod"]!.values;
		const order = Int32Array.from(ordinals.keys()).sort((a, b) => ordinals[a]! - ordinals[b]!);
		const ordered = (numbers: Numbers) => Float64Array.from(order, (row) => numbers.values[row]!);
		const column = (name: string) => ordered(this.#columns[name]!);
		const jobs = column("job");
		const pods = {
			length: order.length,
			ordinals: column("pod"),
			names: Array.from(order, (row) => this.#names[row]!),
			shape: Int32Array.from(ordered(this.#shape)),
			shapes: this.#shapes,
			submitUs: column("submit_time_us"),
			boundUs: column("bound_time_us"),
			endUs: column("end_time_us"),
			outcome: Int32Array.from(ordered(this.#outcome)),
			outcomes: this.#outcomes.texts,
			attempts: column("attempts"),
			requeues: column("requeues"),
			scheduler: Int32Array.from(jobs, (job) => this.#jobs.get(job)?.scheduler ?? -1),
			reason: Int32Array.from(jobs, (job) => this.#jobs.get(job)?.reason ?? -1),
			reasons: this.#reasons.texts,
		};
		const nodes = Array.from(order, (row) => this.#nodes[row]!);
		return { pods, last: { nodes, startUs: column("start_time_us") } };
	}

	#shapeNumber([className, priority, cpu, memory, gpu]: readonly (number | string | boolean | null)[]): number {
		const number = this.#shapeKeys.number(`${priority}/${cpu}/${memory}/${gpu}/${className}`);
		if (number === this.#shapes.length)
			this.#shapes.push({
				className: className as string,
				priority: priority as number,
				cpu: cpu as number,
				memory: memory as number,
				gpu: gpu as number,
			});
		return number;
	}
}
