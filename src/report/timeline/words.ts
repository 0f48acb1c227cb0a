/** What is to be said of a place on a timeline: the pods that were there, why they came there, and why they had waited. */
import { formatInstant } from "../../experiment/results/instant.js";
import { formatRequest } from "../../metrics/format-amount.js";
import { type ByNode, byNode, type CellHistory, type PodShape } from "./history.js";
import { LAYER_TITLES, type Layer } from "./layers.js";
import { FULL, MOST, NOT_READY } from "./level.js";

/** Finds the pods of a node. */
export class StayIndex {
	readonly #history: CellHistory;
	readonly #groups: ByNode;

	constructor(history: CellHistory) {
		this.#history = history;
		this.#groups = byNode(history.nodes.length, history.stays.node);
	}

	/** Stays on a node that hold at some time from one to another, the longest there first. */
	between(node: number, fromUs: number, toUs: number): readonly number[] {
		const { stays } = this.#history;
		const rows = [...this.#groups.order.subarray(this.#groups.start[node], this.#groups.start[node + 1])];
		const there = rows.filter((row) => stays.fromUs[row]! < toUs && stays.toUs[row]! > fromUs);
		return there.sort((a, b) => stays.fromUs[a]! - stays.fromUs[b]! || a - b);
	}
}

/** A pod on a node in words, as cells of a table. */
export interface StayWords {
	readonly pod: string;
	readonly asksFor: string;
	readonly from: string;
	readonly until: string;
	readonly why: string;
}

export function stayWords(history: CellHistory, row: number): StayWords {
	const { pods, stays, endUs } = history;
	const pod = stays.pod[row]!;
	const over = stays.toUs[row]! < endUs || !Number.isNaN(pods.endUs[pod]!);
	const last = !Number.isNaN(pods.endUs[pod]!) && stays.toUs[row]! >= pods.endUs[pod]!;
	const outcome = last ? ` (${pods.outcomes[pods.outcome[pod]!]})` : over ? " (lost its node)" : "";
	return {
		pod: pods.names[pod]!,
		asksFor: askedFor(pods.shapes[pods.shape[pod]!]!),
		from: formatInstant(stays.fromUs[row]!),
		until: over ? `${formatInstant(stays.toUs[row]!)}${outcome}` : "the end of the run",
		why: whyHere(history, row),
	};
}

/** Who placed a pod, after how long, and what was in the way. */
function whyHere({ pods, stays, schedulers }: CellHistory, row: number): string {
	const pod = stays.pod[row]!;
	const [attempts, requeues] = [pods.attempts[pod]!, pods.requeues[pod]!];
	const waited = pods.boundUs[pod]! - pods.submitUs[pod]!;
	const scheduler = schedulers[pods.scheduler[pod]!];
	if (attempts === 0) return "ran there already when the run began";
	const first = stays.fromUs[row]! <= pods.boundUs[pod]!;
	const by = scheduler === undefined ? "placed" : `placed by ${scheduler}`;
	const when = first ? `${formatInstant(waited)} after it was submitted` : "after it had lost its node";
	const tries = attempts === 1 ? "at the first attempt" : `${attempts} attempts${requeues > 0 ? " in all" : ""}`;
	const reason = attempts > 1 ? pods.reasons[pods.reason[pod]!] : undefined;
	const vain = reason === undefined ? "" : `. Of its job, the last attempt in vain: ${reason}`;
	return `${by} ${when}, ${tries}${vain}`;
}

/** The level of a cell in words: `CPU requested: 62.5 %`. */
export function levelWords({ id, full }: Pick<Layer, "id" | "full">, byte: number): string {
	const title = LAYER_TITLES[id];
	if (byte === NOT_READY) return `${title}: none, the node is not ready`;
	if (byte > MOST) return `${title}: none, there is no such node or resource at that time`;
	const share = (100 * byte) / FULL;
	if (full === 1 && id !== "pods") return `${title}: ${byte === MOST ? "125 % or more" : `${share} %`}`;
	return `${title}: ${Math.round((byte * full * 10) / FULL) / 10}`;
}

/** A pod that waited at a time, as cells of a table. */
export interface WaitingWords {
	readonly pod: string;
	readonly asksFor: string;
	readonly since: string;
	readonly until: string;
	readonly why: string;
}

/** Indices of pods that had been submitted and had no node yet at a time, in the order of submission. */
export function waitingAt({ pods }: CellHistory, us: number): readonly number[] {
	const waiting: number[] = [];
	for (let pod = 0; pod < pods.length; pod++) {
		const [bound, end] = [pods.boundUs[pod]!, pods.endUs[pod]!];
		if (pods.submitUs[pod]! <= us && !(bound <= us) && !(end <= us)) waiting.push(pod);
	}
	return waiting;
}

export function waitingWords({ pods }: CellHistory, pod: number): WaitingWords {
	const [bound, end] = [pods.boundUs[pod]!, pods.endUs[pod]!];
	const reason = pods.reasons[pods.reason[pod]!];
	const attempts = pods.attempts[pod]!;
	const tries = attempts === 0 ? "no scheduler looked at it" : attempts === 1 ? "one attempt" : `${attempts} attempts`;
	return {
		pod: pods.names[pod]!,
		asksFor: askedFor(pods.shapes[pods.shape[pod]!]!),
		since: formatInstant(pods.submitUs[pod]!),
		until: !Number.isNaN(bound)
			? formatInstant(bound)
			: Number.isNaN(end)
				? "the end of the run"
				: `${formatInstant(end)} (${pods.outcomes[pods.outcome[pod]!]})`,
		why: `${tries}${reason === undefined ? "" : `. Of its job, the last in vain: ${reason}`}`,
	};
}

function askedFor({ className, priority, cpu, memory, gpu }: PodShape): string {
	return `${formatRequest(cpu, memory, gpu)}; priority ${priority}${className === "" ? "" : `, class ${className}`}`;
}

/** The row of a node as text: spans of steps of one level, from the start on. */
export function rowSpans(
	{ steps, bytes }: Layer,
	node: number,
): readonly { readonly from: number; readonly to: number; readonly byte: number }[] {
	const spans: { from: number; to: number; byte: number }[] = [];
	for (let step = 0; step < steps; step++) {
		const byte = bytes[node * steps + step]!;
		const last = spans.at(-1);
		if (last?.byte === byte) last.to = step + 1;
		else spans.push({ from: step, to: step + 1, byte });
	}
	return spans;
}
