/** What a pipeline remembers never shows: totals kept over any changes are those made from nothing, to the last bit. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import type { NodeId } from "../../src/cell/ids.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { type NodeSpec, PLAIN_FACTS, type PodSpec } from "../../src/objects/spec.js";
import { pipeline } from "../../src/scheduling/pipeline.js";
import { defaultFilters, scorePlugins } from "../../src/scheduling/plugins/index.js";
import { TotalCache } from "../../src/scheduling/total-cache.js";
import { job, podArrival, snapshotOf } from "../support/cells.js";

const GIB = 2 ** 30;
const SCORES = scorePlugins.map((plugin, i) => ({ plugin, weight: i + 0.5 }));

function node(index: number, cpu: number, devices: number): NodeSpec {
	const gpu = devices === 0 ? null : { count: devices, model: index % 2 === 0 ? "T4" : "G2" };
	const taints = index % 5 === 4 ? [{ key: "k", value: "v", effect: "NoSchedule" as const }] : [];
	const allocatable = { cpu: cpu * 1000, memory: (cpu + (index % 3)) * 4 * GIB, pods: 6 };
	return { name: `n${index}`, labels: {}, taints, unschedulable: false, allocatable, gpu };
}

function pod(cpu: number, milli: number): PodSpec {
	const gpu = milli === 0 ? null : { count: milli > 1000 ? 2 : 1, milli: Math.min(milli, 1000), models: [] };
	return { facts: PLAIN_FACTS, requests: { cpu: cpu * 500, memory: cpu * GIB }, gpu };
}

test("kept totals equal fresh ones, and so do decisions, whatever happens in between", () => {
	const step = fc.record({
		act: fc.constantFrom("place", "place", "place", "end", "toggle", "add"),
		which: fc.nat(1000),
		cpu: fc.integer({ min: 1, max: 5 }),
		milli: fc.constantFrom(0, 0, 250, 1000, 2000),
	});
	fc.assert(
		fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
			const cell = new Cell({ nowUs: 0 });
			for (let i = 0; i < 7; i++) cell.addNode(node(i, 4 + (i % 3) * 4, i % 3));
			const snapshot = new Snapshot(cell);
			snapshot.trackPods();
			const kept = new TotalCache(defaultFilters, SCORES);
			const scheduler = pipeline({ scores: SCORES });
			const random = new SeededRandomSource("1").stream("unused");
			for (const { act, which, cpu, milli } of steps) {
				const bound = [...cell.pods.all()].filter((id) => cell.pod(id).phase === "bound");
				if (act === "end" && bound.length > 0) cell.endPod(bound[which % bound.length]!, "succeeded");
				if (act === "toggle") {
					const id = (which % cell.nodes.count) as NodeId;
					cell.setNodeReady(id, cell.nodes.ready[id] === 0);
				}
				// Now and then a node that is larger than all before: every total changes.
				if (act === "add") cell.addNode(node(cell.nodes.count, which % 4 === 0 ? 20 + which : 8, which % 3));
				snapshot.refresh();
				const submitted = cell.submit(job("j", { pods: [{ ...podArrival(), spec: pod(cpu, milli) }] }));
				const view = cell.pod(submitted.pending[0]!);
				const fresh = new TotalCache(defaultFilters, SCORES).totals(view.podClass, snapshot.nodes).totals;
				const remembered = kept.totals(view.podClass, snapshot.nodes).totals;
				expect([...remembered].slice(0, cell.nodes.count)).toEqual([...fresh].slice(0, cell.nodes.count));
				const chosen = pipeline({ scores: SCORES }).decide([view], snapshotOf(cell), random);
				const { placements } = scheduler.decide([view], snapshot, random);
				expect(placements.map((p) => p.node)).toEqual(chosen.placements.map((p) => p.node));
				if (act === "place") {
					cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "incremental" });
				}
				if (submitted.pending.length > 0) cell.endPod(submitted.pending[0]!, "deleted");
			}
		}),
		{ seed: 7, numRuns: 60 },
	);
});
