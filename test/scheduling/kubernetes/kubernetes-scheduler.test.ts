import { describe, expect, test } from "vitest";
import type { NodeId } from "../../../src/cell/ids.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { nodesToFind } from "../../../src/scheduling/kubernetes/cycle.js";
import { KubeCell } from "../../support/kubernetes.js";

const cpu = (amount: string) => ({ containers: [{ name: "c", resources: { requests: { cpu: amount } } }] });

test("of equal nodes the one added first is taken, though the zones say otherwise; or one is drawn", () => {
	const zones = { a: "x", b: "x", c: "y" };
	const build = (tieBreak: "first" | "random") => {
		const cell = new KubeCell({ tieBreak });
		for (const [name, zone] of Object.entries(zones)) cell.node(name, { "topology.kubernetes.io/zone": zone });
		return cell;
	};
	const cell = build("first");
	expect(cell.try(cell.pod("p")).order).toEqual([0, 2, 1]);
	expect(cell.place(cell.pod("q"))).toBe("a");
	const random = build("random");
	const drawn = Array.from({ length: 40 }, (_, i) => random.try(random.pod(`p${i}`)).node);
	expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
});

test("a node that is not ready is turned down, one that was removed is not there", () => {
	const cell = new KubeCell().node("a").node("b").node("c");
	cell.cell.setNodeReady(0 as NodeId, false);
	cell.cell.removeNode(2 as NodeId);
	const attempted = cell.try(cell.pod("p"));
	expect(attempted.order).toEqual([0, 1]);
	expect(attempted.findings!.rejected).toMatchObject([{ node: 0, rejection: { reasons: ["node(s) were not ready"] } }]);
});

test("a pod is decided by the profile for its schedulerName; for others there is none", () => {
	const profiles = [
		{ schedulerName: "spread" },
		{
			schedulerName: "pack",
			pluginConfig: [{ name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated" } } }],
		},
	];
	const cell = new KubeCell({ configuration: { profiles } }).node("a").node("b");
	expect(cell.place(cell.pod("first", { schedulerName: "spread" }))).toBe("a");
	expect(cell.place(cell.pod("second", { schedulerName: "spread" }))).toBe("b");
	expect(cell.place(cell.pod("third", { schedulerName: "pack" }))).toBe("a");
	expect(() => cell.try(cell.pod("other"))).toThrow(
		"pod 'other' asks for scheduler 'default-scheduler', and the profiles are for spread, pack",
	);
});

test.each([
	// All of a small cell; then the adaptive share: 50 less one for each 125 nodes, at least 5 percent and 100 nodes.
	[99, 0, 99],
	[100, 0, 100],
	[1000, 0, 420],
	[5000, 0, 500],
	[10_000, 0, 500],
	[1000, 100, 1000],
	[1000, 5, 100],
	[99, 5, 99],
])("of %i nodes at %i percent, %i feasible ones are enough", (nodes, percentage, enough) => {
	expect(nodesToFind(nodes, percentage)).toBe(enough);
});

describe("a decision", () => {
	const decide = (cell: KubeCell, ...pods: ReturnType<KubeCell["pod"]>[]) => {
		cell.snapshot.refresh();
		const views = pods.map((pod) => cell.cell.pod(pod));
		return cell.scheduler.decide(views, cell.snapshot, new SeededRandomSource("1").stream("scheduler/0"));
	};

	test("stops pods of lower priority, and keeps their room for the one they were stopped for", () => {
		const cell = new KubeCell().node("a").node("b");
		const low = ["low-a", "low-b"].map((name) => cell.pod(name, cpu("3")));
		for (const pod of low) cell.place(pod);
		const [urgent, next] = [
			cell.pod("urgent", { ...cpu("4"), priority: 9 }),
			cell.pod("next", { ...cpu("1"), priority: 9 }),
		];
		const { placements, unplaced, preemptions, nominations } = decide(cell, urgent, next);
		// Both are alike: the one on the node added first is stopped, and `next` does not take its room.
		expect(preemptions).toEqual([low[0]]);
		expect(nominations).toEqual([{ pod: urgent, node: 0 }]);
		expect(unplaced.map(({ pod }) => pod.id)).toEqual([urgent]);
		expect(placements).toMatchObject([{ pod: next, node: 1 }]);
	});

	test("leaves the cell as it was", () => {
		const cell = new KubeCell().node("a");
		cell.place(cell.pod("low", cpu("3")));
		const urgent = cell.pod("urgent", { ...cpu("4"), priority: 9 });
		const before = [cell.cell.nodes.touches, cell.cell.nodes.free.map((column) => column[0])];
		const listed = cell.cell.nodes.placed[0];
		decide(cell, urgent);
		expect([cell.cell.nodes.touches, cell.cell.nodes.free.map((column) => column[0])]).toEqual(before);
		expect(cell.cell.nodes.placed[0]).toBe(listed);
		expect(cell.snapshot.nodes.placed[0]).toBe(listed);
		expect(cell.cell.api.nominations.empty).toBe(true);
	});

	test("does not place where the scheduler ignores what the cell counts", () => {
		const args = { ignoredResourceGroups: ["example.com"] };
		const configuration = { profiles: [{ pluginConfig: [{ name: "NodeResourcesFit", args }] }] };
		const cell = new KubeCell({ configuration }).node("a");
		const resources = { requests: { "example.com/dongle": "1" } };
		const pod = cell.pod("p", { containers: [{ name: "c", resources }] });
		expect(cell.try(pod).node).toBe(0);
		expect(decide(cell, pod).placements).toEqual([]);
	});
});

test.each([
	"all",
	"nothing",
] as const)("what a lost claim adds to where the next search begins, keeping %s", (keeps) => {
	const configuration = { percentageOfNodesToScore: 1 };
	const cell = new KubeCell({ configuration, keeps });
	for (let n = 0; n < 150; n++) cell.node(`n${n}`, {}, n === 149 ? { unschedulable: true } : {});
	// 100 feasible nodes are enough of 150; those who wait for the cordoned one look at it first.
	expect([cell.try(cell.pod("p")).findings!.rejected.length, cell.scheduler.nextStart]).toEqual([0, 100]);
	const pod = cell.pod("q");
	cell.cell.api.nominations.promise(cell.cell.pod(pod), 10 as NodeId, 0);
	cell.cell.setNodeReady(10 as NodeId, false);
	// From 100 on: 49 feasible, the cordoned, 10 feasible, the one that was lost and now is met, 41 feasible.
	expect([cell.try(pod).findings!.rejected.length, cell.scheduler.nextStart]).toEqual([2, (100 + 102) % 150]);
	const last = cell.pod("r");
	cell.cell.api.nominations.promise(cell.cell.pod(last), 10 as NodeId, 0);
	// From 52 on: 97 feasible, the cordoned, 3 feasible; the lost one beside them.
	expect([cell.try(last).findings!.rejected.length, cell.scheduler.nextStart]).toEqual([2, (52 + 102) % 150]);
});

test("counters tell how much was spared; without anything kept there are none", () => {
	const cell = new KubeCell().node("a").node("b").node("c");
	for (let i = 0; i < 4; i++) cell.place(cell.pod(`p${i}`));
	// The first pod of the class is tried by the readable form; then three nodes are looked at, and one after each placement.
	expect(cell.scheduler.counters).toEqual({ attempts: 4, kept: 3, nodes: 9, looks: 5, victimSearches: 0 });
	expect(new KubeCell({ keeps: "nothing" }).scheduler.counters).toBeNull();
});
