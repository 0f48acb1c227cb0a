import { expect, test } from "vitest";
import { evictionsProbe } from "../../../src/metrics/probes/evictions.js";
import { MemorySink } from "../../../src/metrics/sinks/memory.js";
import { bindNew, cellOf, commit, HandClock, job, node, pendingPod, placementOf } from "../../support/cells.js";

test("each eviction has a row: who, where, why, for whom, and how long it was told before", () => {
	const sink = new MemorySink();
	const clock = new HandClock();
	const cell = cellOf([node("a", { cpu: 1000 }), node("b", { cpu: 1000 })], clock);
	const probe = evictionsProbe(cell, sink);
	const batch = bindNew(cell, 0, { cpu: 1000, facts: { priority: 110 } });
	const web = bindNew(cell, 1, { cpu: 1000, facts: { priority: 200 } });
	clock.nowUs = 5;
	cell.requeuePod(web, "node-lost");
	const high = pendingPod(cell.submit(job("high", { facts: { priority: 360 } })));
	clock.nowUs = 7;
	commit(cell, [placementOf(cell, high, 0)], { preemptions: [batch] });
	cell.leavingTakesTime = true;
	cell.stopPod(high, "preempted");
	clock.nowUs = 9;
	cell.podGone(high);
	probe.finish(9);
	const columns = [
		"time_us",
		"pod",
		"job",
		"node",
		"cause",
		"band",
		"preemptor",
		"preemptor_band",
		"depth",
		"notice_us",
	];
	expect(sink.rows("evictions").map((row) => columns.map((name) => row[name]))).toEqual([
		[5, 1, 1, "b", "machine-failure", "production", null, null, null, 0],
		[7, 0, 0, "a", "preemption", "batch", 2, "monitoring", 1, 0],
		// Nobody came.
		[9, 2, 2, "a", "preemption", "monitoring", null, null, 1, 2],
	]);
});
