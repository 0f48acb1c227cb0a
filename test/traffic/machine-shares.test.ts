/** Requests on machines that are simulated in full: what they want, and what is left of a machine that others want, too. */
import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../src/cell/ids.js";
import type { RequestCount } from "../../src/cell/requests.js";
import { Engine } from "../../src/engine/engine.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { MachineAgent } from "../../src/node/machine/machine-agent.js";
import type { PodArrival } from "../../src/objects/arrival.js";
import { Traffic } from "../../src/traffic/traffic.js";
import { node } from "../support/cells.js";
import { machineOf, runningPod, stepTo } from "../support/machines.js";

/** A web server, to which 70 requests of 10 ms come each second, and another pod with as much weight, on one CPU. */
function served(other: PodArrival, limits: Readonly<Record<string, number>> = {}) {
	const engine = new Engine();
	const cell = new Cell(engine);
	const counts: RequestCount[] = [];
	const used: number[] = [];
	let web: PodId | null = null;
	cell.watch({
		requestsCounted: (count) => {
			counts.push(count);
			used.push(cell.usage.pods.usedMilli[rowOf(web!)]!);
		},
	});
	const random = new SeededRandomSource("1");
	const agent = { startDelayUs: null, onLoss: "fail", reportsReady: true, machine: machineOf(), random } as const;
	const machines = new MachineAgent(engine, cell, 1, agent);
	const entry = {
		name: "web",
		target: { service: "default/web" },
		rate: [{ kind: "constant", perSecond: 70 }],
		noise: "none",
		serving: { cpuUs: 10_000, waitUs: 0, errors: 0 },
		most: 100,
		timeoutUs: SECOND,
		objectiveUs: null,
		pathUs: 0,
		proxies: { count: 1, delayUs: 0, minSyncUs: 0 },
		windowUs: 10 * SECOND,
	} as const;
	new Traffic(engine, cell, [entry], { phase: 3, random, endUs: 200 * SECOND, machines });
	cell.addNode(node("a", { cpu: 1000 }));
	const pods = [runningPod({ requests: { cpu: 300 }, limits, cpu: 100 }), other].map((pod) => {
		const [id] = cell.submit({ timeUs: 0, name: "pod", pods: [pod], gang: false }).pending;
		cell.adoptPod(id!, 0 as NodeId);
		return id!;
	});
	web = pods[0]!;
	cell.objects.endpointsChanged("default/web", [web]);
	engine.runUntil(Number.POSITIVE_INFINITY);
	return { counts, used };
}

test("the machine is told what requests want, and without a limit they may have what others leave", () => {
	const { counts, used } = served(runningPod({ requests: { cpu: 300 }, cpu: 200 }));
	expect(counts.at(-1)!.lost.overflow).toBe(0);
	// 70 a second at 10 ms each are 0.7 CPUs of 0.8: a response takes 10 ms / 0.1.
	expect(used.at(-1)).toBe(700);
	expect(counts.at(-1)!.responses[0]!.meanUs / 100_000).toBeCloseTo(1, 2);
});

test("a limit bounds it", () => {
	const { counts, used } = served(runningPod({ requests: { cpu: 300 }, cpu: 200 }), { cpu: 500 });
	expect(used.at(-1)).toBe(500);
	// 50 a second go out of the 70 that come.
	expect(counts.at(-1)!.lost.overflow).toBeCloseTo(200, 6);
});

test("who shares the machine evenly with a pod that wants all of it has half, until that wants less", () => {
	const { counts, used } = served(runningPod({ requests: { cpu: 300 }, cpu: stepTo(1000, 100 * SECOND, 200) }));
	expect(used[8]).toBe(500);
	expect(counts[8]!.lost.overflow).toBeCloseTo(200, 6);
	expect(used.at(-1)).toBe(700);
	expect(counts.at(-1)!.lost.overflow).toBe(0);
	expect(counts.at(-1)!.responses.at(-1)!.meanUs / 100_000).toBeCloseTo(1, 1);
});
