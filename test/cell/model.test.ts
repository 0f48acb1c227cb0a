/** The cell against plain objects: any sequence of verbs, everything compared after each. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import type { EndReason } from "../../src/cell/changes.js";
import type { NodeId, PodId } from "../../src/cell/ids.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import { DEVICE_MILLI, MAX_DEVICES } from "../../src/cell/node-columns.js";
import type { Placement } from "../../src/cell/transaction.js";
import type { NodeSpec, PodSpec } from "../../src/objects/spec.js";
import { HandClock, job, node, podArrival, podSpec } from "../support/cells.js";
import { NaiveCell, type NaivePlacement, type NaivePod } from "../support/naive-cell.js";

/** Where a placement goes, drawn: which pod, which node, which devices, and whether the node was looked at long ago. */
interface Aim {
	readonly pod: number;
	readonly node: number;
	readonly devices: number;
	readonly choose: boolean;
	readonly stale: boolean;
}

type Verb =
	| { readonly verb: "add"; readonly spec: Omit<NodeSpec, "name"> }
	| { readonly verb: "ready" | "not-ready" | "remove" | "start" | "requeue" | "look"; readonly which: number }
	| { readonly verb: "end"; readonly which: number; readonly reason: EndReason }
	| { readonly verb: "submit"; readonly pods: readonly PodSpec[] }
	| {
			readonly verb: "commit";
			readonly aims: readonly Aim[];
			readonly preempt: readonly number[];
			readonly byVersion: boolean;
			readonly whole: boolean;
	  };

type PodVerb = Extract<Verb, { verb: "end" }> | { readonly verb: "start" | "requeue"; readonly which: number };

const amount = (max: number) => fc.integer({ min: 0, max });
const pod: fc.Arbitrary<PodSpec> = fc
	.record({
		cpu: amount(4),
		memory: amount(4),
		fpgas: fc.constantFrom(0, 0, 1),
		devices: fc.constantFrom(0, 0, 1, 1, 2),
		milli: fc.constantFrom(250, 600, 1000),
	})
	.map(({ cpu, memory, fpgas, devices, milli }) =>
		podSpec({
			cpu,
			memory,
			extended: { "example.com/fpga": fpgas },
			...(devices > 0 ? { gpu: { count: devices, milli: devices > 1 ? 1000 : milli } } : {}),
		}),
	);
const spec = fc
	.record({
		cpu: fc.constantFrom(0, 6, 9, 12),
		memory: fc.constantFrom(0, 6, 9, 12),
		pods: fc.constantFrom(1, 4, 110),
		fpgas: amount(2),
		gpus: fc.integer({ min: 0, max: 3 }),
	})
	.map(({ fpgas, ...rest }) => node("", { ...rest, extended: fpgas > 0 ? { "example.com/fpga": fpgas } : {} }));
const aim: fc.Arbitrary<Aim> = fc.record({
	pod: fc.nat(),
	node: fc.nat(),
	devices: fc.integer({ min: 0, max: 7 }),
	choose: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
	stale: fc.boolean(),
});
const verb: fc.Arbitrary<Verb> = fc.oneof(
	{ weight: 1, arbitrary: fc.record({ verb: fc.constant("add" as const), spec }) },
	{
		weight: 3,
		arbitrary: fc.record({
			verb: fc.constantFrom(
				"ready" as const,
				"not-ready" as const,
				"remove" as const,
				"requeue" as const,
				"look" as const,
			),
			which: fc.nat(),
		}),
	},
	{ weight: 3, arbitrary: fc.record({ verb: fc.constant("start" as const), which: fc.nat() }) },
	{
		weight: 3,
		arbitrary: fc.record({
			verb: fc.constant("end" as const),
			which: fc.nat(),
			reason: fc.constantFrom<EndReason>("succeeded", "failed", "deleted", "node-lost"),
		}),
	},
	{
		weight: 3,
		arbitrary: fc.record({ verb: fc.constant("submit" as const), pods: fc.array(pod, { minLength: 1, maxLength: 4 }) }),
	},
	{
		weight: 6,
		arbitrary: fc.record({
			verb: fc.constant("commit" as const),
			aims: fc.array(aim, { minLength: 1, maxLength: 5 }),
			preempt: fc.array(fc.nat(), { maxLength: 2 }),
			byVersion: fc.boolean(),
			whole: fc.boolean(),
		}),
	},
);

/** Both cells, driven in step. */
class Pair {
	readonly clock = new HandClock();
	readonly cell = new Cell(this.clock);
	readonly naive = new NaiveCell();
	readonly feed: string[] = [];
	readonly reached: Set<string>;
	readonly #ids = new Map<string, PodId>();
	/** Version of each node when it was last looked at, in both counts. */
	readonly #seen = new Map<number, { readonly version: number; readonly changes: number }>();

	constructor(reached: Set<string>) {
		this.reached = reached;
		const { cell, feed } = this;
		const name = (id: PodId) => cell.pod(id).name;
		const hear = (words: string) => {
			feed.push(words);
			// A verb completes its change before it announces it; only the row of an ended pod is still in the table.
			if (!words.startsWith("ended")) checkInvariants(cell);
		};
		cell.watch({
			nodeChanged: (id, change) => hear(`node ${id} ${change}`),
			jobSubmitted: (of) => hear(`submitted ${of.name}`),
			podBound: (id, on) => hear(`bound ${name(id)} ${on}`),
			podStarted: (id, on) => hear(`started ${name(id)} ${on}`),
			jobFullyStarted: (of) => hear(`fully started ${of.name}`),
			podEnded: (id, on, reason) => hear(`ended ${name(id)} ${on} ${reason}`),
			podRequeued: (id, on, reason) => hear(`requeued ${name(id)} ${on} ${reason}`),
			jobEnded: (of) => hear(`job ended ${of.name}`),
		});
	}

	take(next: Verb): void {
		this.clock.nowUs++;
		if (next.verb === "add") {
			const named = { ...next.spec, name: `node-${this.naive.nodes.length}` };
			this.cell.addNode(named);
			this.naive.addNode(named);
		} else if (next.verb === "submit") this.#submit(next.pods);
		else if (next.verb === "commit") this.#commit(next);
		else if (next.verb === "end") this.#podVerb(next);
		else if (next.verb === "start" || next.verb === "requeue") this.#podVerb({ ...next, verb: next.verb });
		else this.#nodeVerb(next.verb, next.which);
		this.#compare();
	}

	#submit(specs: readonly PodSpec[]): void {
		const name = `job-${this.naive.jobs.length}`;
		const submitted = this.cell.submit(job(name, { pods: specs.map((s) => ({ ...podArrival(), spec: s })) }));
		submitted.pending.forEach((id, i) => {
			this.#ids.set(`${name}-${i}`, id);
		});
		this.naive.submit(name, specs);
	}

	#podVerb(next: PodVerb): void {
		const { cell, naive } = this;
		const alive = naive.pods;
		if (alive.length === 0) return;
		const chosen = alive[next.which % alive.length]!;
		const id = this.#id(chosen);
		if (next.verb === "end") {
			cell.endPod(id, next.reason);
			naive.end(chosen, next.reason);
			expect(() => cell.pod(id)).toThrow(`pod id ${id} is stale: its pod has ended`);
		} else if (next.verb === "start") {
			if (chosen.phase === "bound") {
				cell.startPod(id);
				naive.start(chosen);
			} else expect(() => cell.startPod(id)).toThrow(`cannot start pod '${chosen.name}' in phase ${chosen.phase}`);
		} else if (chosen.phase === "pending") {
			expect(() => cell.requeuePod(id, "node-lost")).toThrow(`cannot requeue pod '${chosen.name}' in phase pending`);
		} else {
			cell.requeuePod(id, "node-lost");
			naive.requeue(chosen, "node-lost");
		}
	}

	#nodeVerb(what: "ready" | "not-ready" | "remove" | "look", which: number): void {
		const { cell, naive } = this;
		if (naive.nodes.length === 0) return;
		const chosen = naive.nodes[which % naive.nodes.length]!;
		const id = chosen.index as NodeId;
		if (what === "look") this.#seen.set(id, { version: cell.nodes.version[id]!, changes: chosen.changes });
		else if (what !== "remove") {
			cell.setNodeReady(id, what === "ready");
			naive.setReady(chosen, what === "ready");
		} else if (chosen.pods.length > 0) {
			expect(() => cell.removeNode(id)).toThrow(`node '${chosen.spec.name}' still has pods`);
		} else {
			cell.removeNode(id);
			if (chosen.present) naive.removeNode(chosen);
		}
	}

	#commit({ aims, preempt, byVersion, whole }: Extract<Verb, { verb: "commit" }>): void {
		const { cell, naive } = this;
		if (naive.nodes.length === 0 || naive.pods.length === 0) return;
		const rule = byVersion ? "node-version" : "fit";
		const atomicity = whole ? "all-or-nothing" : "incremental";
		const placed = naive.pods.filter((p) => p.phase !== "pending");
		const preempted = placed.length === 0 ? [] : [...new Set(preempt.map((which) => placed[which % placed.length]!))];
		const pairs = aims.map((drawn) => this.#placement(drawn));
		const result = cell.commit({
			placements: pairs.map(([placement]) => placement),
			preemptions: preempted.map((p) => this.#id(p)),
			conflictRule: rule,
			atomicity,
		});
		if (preempted.length > 0) this.reached.add(`preempted ${whole ? "by all or nothing" : "incrementally"}`);
		const expected = naive.commit({ placements: pairs.map(([, p]) => p), preemptions: preempted, rule, atomicity });
		expect({
			accepted: result.accepted.map((p) => cell.pod(p.pod).name),
			conflicts: result.conflicts.map(({ placement, reason }) => `${cell.pod(placement.pod).name} ${reason}`),
		}).toEqual(expected);
		for (const conflict of expected.conflicts) this.reached.add(`${conflict.split(" ")[1]} ${rule} ${atomicity}`);
		if (expected.accepted.length > 0) this.reached.add(`accepted ${rule} ${atomicity}`);
	}

	/** One placement for each of the two cells; mostly of a pod that waits, with devices chosen or drawn. */
	#placement(drawn: Aim): [Placement, NaivePlacement] {
		const { cell, naive } = this;
		const waiting = naive.pods.filter((p) => p.phase === "pending");
		const from = waiting.length > 0 && drawn.pod % 4 > 0 ? waiting : naive.pods;
		const chosen = from[drawn.pod % from.length]!;
		const target = naive.nodes[drawn.node % naive.nodes.length]!;
		const id = target.index as NodeId;
		const { podClass } = cell.pod(this.#id(chosen));
		let mask = 0;
		if (chosen.spec.gpu !== null)
			mask =
				drawn.choose && cell.nodes.fits(podClass, id)
					? cell.nodes.chooseDevices(podClass, id)
					: deviceMask(drawn.devices, chosen.spec.gpu.count);
		const seen = (drawn.stale ? this.#seen.get(id) : undefined) ?? {
			version: cell.nodes.version[id]!,
			changes: target.changes,
		};
		return [
			{ pod: this.#id(chosen), node: id, devices: mask, nodeVersion: seen.version },
			{ pod: chosen, node: target, devices: bitsOf(mask), seenChanges: seen.changes },
		];
	}

	#compare(): void {
		const { cell, naive } = this;
		checkInvariants(cell);
		expect(this.feed).toEqual(naive.feed);
		for (const expected of naive.nodes) {
			const id = expected.index as NodeId;
			const view = cell.node(id);
			expect([view.name, view.ready]).toEqual([expected.spec.name, expected.ready]);
			expect([...cell.podsOn(id)].map((p) => cell.pod(p).name)).toEqual(expected.pods.map((p) => p.name));
			for (const [r, name] of cell.resources.names.entries())
				expect(view.free(r), `${view.name} ${name}`).toBe(naive.free(expected, name));
			for (let d = 0; d < (expected.spec.gpu?.count ?? 0); d++)
				expect(cell.nodes.deviceFree[id * MAX_DEVICES + d]).toBe(naive.deviceFree(expected, d));
		}
		const alive = naive.pods;
		expect(cell.pods.live).toBe(alive.length);
		expect(cell.pods.rows).toBe(naive.peak);
		expect(cell.pendingPods).toBe(alive.filter((p) => p.phase === "pending").length);
		for (const expected of alive) {
			const view = cell.pod(this.#id(expected));
			expect([view.name, view.phase, view.node, view.requeues, bitsOf(view.devices)]).toEqual([
				expected.name,
				expected.phase,
				expected.node?.index ?? -1,
				expected.requeues,
				expected.devices,
			]);
			expect(view.job.pending.map((p) => cell.pod(p).name)).toEqual(expected.job.pending.map((p) => p.name));
			expect(view.job.remaining).toBe(expected.job.pods.filter((p) => p.phase !== "ended").length);
		}
	}

	#id(of: NaivePod): PodId {
		return this.#ids.get(of.name)!;
	}
}

/** A mask of `count` devices, from the lowest bits of a drawn one upwards. */
function deviceMask(drawn: number, count: number): number {
	const bits = [...bitsOf(drawn), ...[0, 1, 2].filter((d) => !bitsOf(drawn).includes(d))].slice(0, count);
	return bits.reduce((mask, bit) => mask | (1 << bit), 0);
}

function bitsOf(mask: number): number[] {
	return Array.from({ length: 31 }, (_, bit) => bit).filter((bit) => (mask >> bit) & 1);
}

test("the cell does what plain objects do, whatever the verbs", () => {
	expect(DEVICE_MILLI).toBe(1000);
	const reached = new Set<string>();
	fc.assert(
		fc.property(
			fc.array(spec, { minLength: 1, maxLength: 4 }),
			fc.array(verb, { minLength: 1, maxLength: 60, size: "max" }),
			(nodes, verbs) => {
				const pair = new Pair(reached);
				for (const s of nodes) pair.take({ verb: "add", spec: s });
				for (const next of verbs) pair.take(next);
			},
		),
		{ seed: 11, numRuns: 150 },
	);
	// The drawn verbs lead everywhere: each conflict under each rule and atomicity.
	const settled = ["fit incremental", "fit all-or-nothing", "node-version incremental", "node-version all-or-nothing"];
	const outcomes = settled.flatMap((how) =>
		["accepted", "pod-gone", "node-gone", "no-longer-fits"].map((o) => `${o} ${how}`),
	);
	const versions = settled.slice(2).map((how) => `node-changed ${how}`);
	const preempted = ["preempted incrementally", "preempted by all or nothing"];
	expect([...reached].sort()).toEqual([...outcomes, ...versions, ...preempted].sort());
});
