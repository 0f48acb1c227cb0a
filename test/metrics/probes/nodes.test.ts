import { expect, test } from "vitest";
import { IDLE } from "../../../src/cell/usage-columns.js";
import { nodesProbe } from "../../../src/metrics/probes/nodes.js";
import { MemorySink } from "../../../src/metrics/sinks/memory.js";
import { bindNew, cellOf, node } from "../../support/cells.js";

test("extended resources share two columns: what a node has, and what of it is asked for", () => {
	const sink = new MemorySink();
	const cell = cellOf([
		node("plain", { cpu: 4000 }),
		node("rich", { cpu: 4000, extended: { "example.com/nic": 4, "ephemeral-storage": 5e9 } }),
	]);
	const probe = nodesProbe(cell, sink);
	probe.sample!(0);
	bindNew(cell, 1, { cpu: 1000, extended: { "example.com/nic": 3 } });
	probe.sample!(60);
	probe.finish(60);
	const rows = sink
		.rows("nodes")
		.map((row) =>
			["time_us", "node", "cpu_requested_milli", "other_allocatable", "other_requested"].map((name) => row[name]),
		);
	const has = "example.com/nic=4,ephemeral-storage=5000000000";
	expect(rows).toEqual([
		[0, "plain", 0, null, null],
		[0, "rich", 0, has, null],
		[60, "plain", 0, null, null],
		[60, "rich", 1000, has, "example.com/nic=3"],
	]);
});

test("use is known of nodes that are machines, and null of others", () => {
	const sink = new MemorySink();
	const cell = cellOf([node("machine", { cpu: 4000 }), node("light", { cpu: 4000 })]);
	cell.usage.nodes.begin(0, 0);
	cell.usage.nodes.record(0, 0, { ...IDLE, usedMilli: 1250.5, memoryBytes: 3e9, cacheBytes: 1e9 });
	const probe = nodesProbe(cell, sink);
	probe.sample!(0);
	probe.finish(0);
	expect(sink.rows("nodes").map((row) => [row["node"], row["cpu_used_milli"], row["memory_used_bytes"]])).toEqual([
		["machine", 1250.5, 3e9],
		["light", null, null],
	]);
});
