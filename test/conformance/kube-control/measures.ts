/**
 * What a timeline comes to, phase by phase: a phase goes from one thing that the driver did to the next. Recordings and our own runs are
 * measured by the same code.
 *
 * What must be the same in each repeat must be the same in ours: counts, bounds, messages, final states. Times, and what differs from repeat
 * to repeat, must be within their spread, or 10 % or 0.15 s of it.
 */
import type { Comparison, Difference } from "../suite.js";
import type { TimelineEvent } from "./golden.js";
import { AutoscalingMeasures } from "./measures-autoscaling.js";
import { DisruptionMeasures } from "./measures-disruption.js";
import { NodeMeasures, NodeStates } from "./measures-nodes.js";
import { WorkloadMeasures } from "./measures-workloads.js";

type Measure = number | string;
export type Measures = ReadonlyMap<string, Measure>;

/** Beyond the spread of the repeats: API calls of a busy machine took up to a tenth of a second. */
const GRACE_MS = 150;
const GRACE_SHARE = 0.1;

/** What the driver only noticed. */
const NOTICED = /^(complete|workload ready|cluster full|six high ready|drain calls done|created|TIMEOUT)/;

/** What the API server answered. */
export const ANSWERED = /^(evict (ok|refused)$|ERROR create |created \S)/;

/** What was done to several objects, one by one. */
const SINGLY = /^((delete|evict \w+) pod|create)\b/;

export function measuresOf(events: readonly TimelineEvent[]): Measures {
	const measures = new Map<string, Measure>();
	const world = new World();
	const nodes = new NodeStates();
	let phase: Phase | null = null;
	let number = 0;
	for (const event of events) {
		if (event.k === "ACTION") {
			if (ANSWERED.test(event.do ?? "")) {
				phase?.answered(event);
				continue;
			}
			if (NOTICED.test(event.do ?? "") || /^create (service|pdb|quota)/.test(event.do ?? "")) continue;
			// Several commands in a row are one.
			const verb = SINGLY.exec(event.do ?? "")?.[0] ?? null;
			if (phase !== null && event.t - phase.startMs < 200 && (phase.isQuiet || (verb !== null && phase.verb === verb)))
				continue;
			phase?.end(measures, world);
			phase = new Phase(`${++number}`, event.t, verb, world, nodes);
		} else {
			world.apply(event);
			phase?.see(event, world);
		}
	}
	phase?.end(measures, world);
	return measures;
}

/** Compares ours with the repeats, measure by measure. */
export function compareMeasures(repeats: readonly Measures[], ours: Measures): Comparison {
	const differences: Difference[] = [];
	const names = new Set(repeats.flatMap((repeat) => [...repeat.keys()]));
	for (const name of names) {
		const recorded = repeats.map((repeat) => repeat.get(name));
		const got = ours.get(name);
		if (!agrees(name, recorded, got)) differences.push({ path: name, expected: summary(recorded), got });
	}
	return { decisions: names.size, equal: names.size - differences.length, differences };
}

function agrees(name: string, recorded: readonly (Measure | undefined)[], got: Measure | undefined): boolean {
	// What is not the same in all repeats decides nothing, unless it is a number; what is absent in some may be.
	const numbers = recorded.filter((value) => typeof value === "number");
	if (typeof got !== "number" || numbers.length === 0) return recorded.some((value) => value === got);
	const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
	if (!name.endsWith("Ms")) return got >= least && got <= most;
	const graceMs = Math.max(GRACE_MS, GRACE_SHARE * most);
	return got >= least - graceMs && got <= most + graceMs;
}

function summary(recorded: readonly (Measure | undefined)[]): unknown {
	const distinct = [...new Set(recorded)];
	return distinct.length === 1 ? distinct[0] : recorded;
}

interface Known {
	readonly fields: Record<string, unknown>;
}

/** The objects as the events so far say. */
export class World {
	readonly objects = new Map<string, Known>();

	apply({ k, n = "", op, t: _t, ...fields }: TimelineEvent): void {
		if (k === "Event") return;
		const key = `${k}/${n}`;
		if (op === "D") this.objects.delete(key);
		else if (op === "A") this.objects.set(key, { fields: { ...fields } });
		else {
			const known = this.objects.get(key);
			if (known === undefined) return;
			for (const [name, value] of Object.entries(fields)) {
				if (value === null) delete known.fields[name];
				else known.fields[name] = value;
			}
		}
	}

	/** Of the object, while it is there. */
	fieldsOf(kind: string, name: string): Record<string, unknown> | undefined {
		return this.objects.get(`${kind}/${name}`)?.fields;
	}

	of(kind: string): readonly (readonly [string, Record<string, unknown>])[] {
		return [...this.objects].flatMap(([key, { fields }]) =>
			key.startsWith(`${kind}/`) ? [[key.slice(kind.length + 1), fields] as const] : [],
		);
	}
}

export type Put = (name: string, value: Measure) => void;

/** What Services are served by: bounds of the phase, and how it ends. All slices together, since how they are filled is open. */
class EndpointMeasures {
	#leastReady = Number.POSITIVE_INFINITY;
	#mostTotal = 0;
	#lastMs = Number.NaN;

	see(t: number, world: World): void {
		const { ready, total } = endpointsOf(world);
		// A slice is made before there is anything to put in.
		if (total > 0) this.#leastReady = Math.min(this.#leastReady, ready);
		this.#mostTotal = Math.max(this.#mostTotal, total);
		this.#lastMs = t;
	}

	end(put: Put, world: World, startMs: number): void {
		if (Number.isNaN(this.#lastMs)) return;
		put("endpoints.leastReady", this.#leastReady);
		put("endpoints.mostTotal", this.#mostTotal);
		put("endpoints.lastMs", this.#lastMs - startMs);
		put("endpoints", JSON.stringify(endpointsOf(world)));
	}
}

function endpointsOf(world: World) {
	const slices = world.of("EndpointSlice").map(([, fields]) => fields);
	const sum = (name: string) => slices.reduce((total, fields) => total + Number(fields[name] ?? 0), 0);
	return { ready: sum("ready"), serving: sum("serving"), terminating: sum("terminating"), total: sum("total") };
}

class Phase {
	readonly startMs: number;
	readonly verb: string | null;
	readonly #name: string;
	readonly #times = new Map<string, number[]>();
	readonly #messages = new Set<string>();
	readonly #steps: string[] = [];
	readonly #letters = new Map<string, string>();
	/** Sizes that ReplicaSets had before. */
	readonly #sizes = new Map<string, number>();
	readonly #endpoints = new EndpointMeasures();
	readonly #workloads = new WorkloadMeasures();
	/** To what was asked for once. */
	readonly #answers = new Map<string, string>();
	readonly #autoscaling = new AutoscalingMeasures();
	readonly #disruptions = new DisruptionMeasures();
	readonly #nodes: NodeMeasures;
	#seen = 0;
	#mostObjects = 0;
	#mostActive = 0;
	#leastActive = Number.POSITIVE_INFINITY;
	#leastReady = Number.POSITIVE_INFINITY;

	constructor(name: string, startMs: number, verb: string | null, world: World, nodes: NodeStates) {
		this.#nodes = new NodeMeasures(nodes);
		this.#name = name;
		this.verb = verb;
		this.startMs = startMs;
		for (const [set, { spec }] of world.of("ReplicaSet")) this.#sizes.set(set, Number(spec));
		this.#bound(world);
	}

	get isQuiet(): boolean {
		return this.#seen === 0;
	}

	answered(event: TimelineEvent): void {
		if (event.do!.startsWith("evict")) this.#disruptions.answered(event);
		else this.#answers.set(event.do!, String(event["err"] ?? JSON.stringify(event["resources"])));
	}

	see(event: TimelineEvent, world: World): void {
		const { t: _t, k: _k, n: _n, op: kind, ...fields } = event;
		if (kind !== "M" || Object.keys(fields).length > 0) this.#seen++;
		this.#disruptions.see(event, world);
		this.#autoscaling.see(event);
		const { k, op, t } = event;
		if (k === "Pod") {
			if (op === "A") this.#note("created", t);
			if (op === "M" && event["ready"] === true) this.#note("ready", t);
			if (op === "M" && event["del"] === true) this.#note("marked", t);
			if (op === "D") this.#note("gone", t);
			this.#bound(world);
		}
		this.#workloads.see(event, world);
		this.#nodes.see(event, world);
		if (k === "EndpointSlice" && op === "M") this.#endpoints.see(t, world);
		if (k === "ReplicaSet" && op !== "D" && event["spec"] !== undefined) this.#step(event);
		if (k === "Event" && op === "A") this.#message(event);
	}

	end(measures: Map<string, Measure>, world: World): void {
		const put = (name: string, value: Measure) => measures.set(`${this.#name}.${name}`, value);
		for (const what of ["created", "ready", "marked", "gone"]) {
			const times = this.#times.get(what) ?? [];
			put(`pods.${what}`, times.length);
			if (times.length === 0) continue;
			put(`pods.${what}.firstMs`, times[0]! - this.startMs);
			put(`pods.${what}.lastMs`, times.at(-1)! - this.startMs);
		}
		put("pods.mostObjects", this.#mostObjects);
		put("pods.mostActive", this.#mostActive);
		put("pods.leastActive", this.#leastActive);
		put("pods.leastReady", this.#leastReady);
		this.#endpoints.end(put, world, this.startMs);
		this.#disruptions.end(put, world, this.startMs);
		this.#autoscaling.end(put, world, this.startMs);
		for (const [asked, answer] of this.#answers) put(`answer ${asked}`, answer);
		for (const [name, { hard, used }] of world.of("ResourceQuota")) put(`quota ${name}`, JSON.stringify([hard, used]));
		this.#workloads.end(put, world, this.startMs);
		this.#nodes.end(put, this.startMs);
		if (this.#steps.length > 0) put("steps.first", this.#steps.slice(0, 3).join(" "));
		for (const message of [...this.#messages].sort()) put(`event ${message}`, "posted");
		for (const kind of ["Deployment"])
			for (const [name, fields] of world.of(kind)) put(`${kind} ${name}`, stateOf(fields));
		const sets = world.of("ReplicaSet").map(([, fields]) => `${fields["spec"]}/${fields["ready"]}`);
		if (sets.length > 0) put("ReplicaSets", sets.sort().join(" "));
	}

	#note(what: string, t: number): void {
		const times = this.#times.get(what);
		if (times === undefined) this.#times.set(what, [t]);
		else times.push(t);
	}

	#bound(world: World): void {
		const pods = world.of("Pod").map(([, fields]) => fields);
		const active = pods.filter(({ phase, del }) => del !== true && phase !== "Succeeded" && phase !== "Failed");
		this.#mostObjects = Math.max(this.#mostObjects, pods.length);
		this.#mostActive = Math.max(this.#mostActive, active.length);
		this.#leastActive = Math.min(this.#leastActive, active.length);
		this.#leastReady = Math.min(this.#leastReady, active.filter(({ ready }) => ready === true).length);
	}

	/** `+3A`, `10>8B`: letters in the order of first change. */
	#step({ n = "", op, spec }: TimelineEvent): void {
		const size = Number(spec);
		const before = this.#sizes.get(n);
		if (op === "M" && before === size) return;
		const letter = this.#letters.get(n) ?? String.fromCharCode(65 + this.#letters.size);
		this.#letters.set(n, letter);
		this.#steps.push(op === "A" ? `+${size}${letter}` : `${before ?? 0}>${size}${letter}`);
		this.#sizes.set(n, size);
	}

	/** Without the generated parts of names; what depends on the steps of a rollout differs from repeat to repeat. */
	#message(event: TimelineEvent): void {
		// What preemption says is held against kube-scheduler elsewhere.
		const text = String(event["msg"] ?? "")
			.replace(/^\(combined from similar events\): /, "")
			.replace(/ no new claims to deallocate, preemption: .*/, "")
			.replace(/ ([Pp])od [a-z0-9-]+\//, " $1od ");
		const plain = text.replaceAll(/-[a-z0-9]{5,10}(-[a-z0-9]{5})?\b/g, "-*").replaceAll(/\d+/g, "#");
		this.#messages.add(`${String(event["obj"]).split("/")[0]} ${String(event["reason"])}: ${plain}`);
	}
}

const STATE = ["spec", "rep", "upd", "ready", "avail", "unavail", "paused", "rev", "c.Available", "c.Progressing"];

function stateOf(fields: Record<string, unknown>): string {
	return STATE.flatMap((name) => {
		const value = fields[name];
		if (value === undefined || value === 0) return [];
		return [`${name} ${String(value).replace(/: .*/, "")}`];
	}).join(", ");
}
