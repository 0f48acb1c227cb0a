import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import { Engine } from "../../src/engine/engine.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { MachineAgent } from "../../src/node/machine/machine-agent.js";
import { NodeAgent } from "../../src/node/node-agent.js";
import { terminationOf } from "../../src/node/termination.js";
import type { PodArrival } from "../../src/objects/arrival.js";
import { job, node } from "../support/cells.js";
import { machineOf, runningPod } from "../support/machines.js";

/** What is heard of one pod that is placed at 0 and told to go at 20 s, which takes it 3 s; seconds. */
function heard(full: boolean, arrival: PodArrival): string[] {
	const engine = new Engine();
	const cell = new Cell(engine);
	const log: string[] = [];
	const note = (what: string) => log.push(`${engine.nowUs / SECOND} ${what}`);
	cell.watch({
		podStarted: () => note("started"),
		podReady: (_pod, _node, ready) => note(ready ? "ready" : "not ready"),
		podEnded: () => note("ended"),
	});
	const termination = terminationOf({ takesUs: () => 3 * SECOND, noticeDelivered: 1, notice: () => 0 });
	const agent = { startDelayUs: null, onLoss: "resubmit", termination, reportsReady: true } as const;
	if (full) new MachineAgent(engine, cell, 1, { ...agent, machine: machineOf(), random: new SeededRandomSource("1") });
	else new NodeAgent(engine, cell, 1, agent);
	cell.addNode(node("n"));
	cell.place(job("p", { pods: [arrival] }), [0 as never]);
	const stop = engine.kind("stop", 2, () => cell.stopPod([...cell.pods.all()][0]!, "deleted"));
	engine.schedule(20 * SECOND, stop, 0);
	engine.runUntil(60 * SECOND);
	return log;
}

test("a pod of a light node is ready so long after its start", () => {
	expect(heard(false, runningPod())).toEqual(["0 started", "0 ready", "23 ended"]);
	expect(heard(false, { ...runningPod(), timing: { readyUs: 5 * SECOND } })).toEqual([
		"0 started",
		"5 ready",
		"23 ended",
	]);
	expect(heard(false, { ...runningPod(), timing: { readyUs: Number.POSITIVE_INFINITY } })).toEqual([
		"0 started",
		"23 ended",
	]);
});

test("a pod of a light node that has its own times takes those", () => {
	const timing = { startUs: 2 * SECOND, readyUs: SECOND, stopUs: 7 * SECOND };
	// Where it ran already when the simulation began it has started long ago.
	expect(heard(false, { ...runningPod(), timing })).toEqual(["0 started", "1 ready", "27 ended"]);
});

test("a pod of a full node is ready as its probes say, and not any more when it is told to go", () => {
	expect(heard(true, runningPod())).toEqual(["0 started", "0 ready", "20 not ready", "23 ended"]);
});
