/** Requests in a cell without a control plane: whoever runs services announces them, and pods come, go and fail. */
import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import type { NodeId, PodId } from "../../src/cell/ids.js";
import type { RequestCount } from "../../src/cell/requests.js";
import { Engine } from "../../src/engine/engine.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { NodeAgent } from "../../src/node/node-agent.js";
import { terminationOf } from "../../src/node/termination.js";
import type { PodServing } from "../../src/objects/arrival.js";
import type { PodRun } from "../../src/objects/pod-run.js";
import { Traffic, type TrafficOptions } from "../../src/traffic/traffic.js";
import { node, podArrival } from "../support/cells.js";

const MS = 1000;
const OPTIONS: TrafficOptions = {
	name: "web",
	target: { service: "default/web" },
	rate: [{ kind: "constant", perSecond: 64 }],
	noise: "none",
	serving: { cpuUs: 5 * MS, waitUs: 0, errors: 0 },
	most: 100,
	timeoutUs: SECOND,
	objectiveUs: null,
	pathUs: 0,
	proxies: { count: 1, delayUs: 250 * MS, minSyncUs: 0 },
	windowUs: 10 * SECOND,
};

class Served {
	readonly engine = new Engine();
	readonly cell = new Cell(this.engine);
	readonly counts: RequestCount[] = [];
	readonly #do = this.engine.kind("test", 3, (index) => this.#actions[index]!());
	readonly #actions: (() => void)[] = [];

	constructor(entries: readonly Partial<TrafficOptions>[], endUs = 40 * SECOND) {
		const { engine, cell } = this;
		cell.watch({ requestsCounted: (count) => this.counts.push(count) });
		new NodeAgent(engine, cell, 1, {
			startDelayUs: null,
			onLoss: "fail",
			termination: terminationOf({ takesUs: () => SECOND, noticeDelivered: 1, notice: () => 0 }),
			reportsReady: true,
		});
		const all = entries.map((entry) => ({ ...OPTIONS, ...entry }));
		new Traffic(engine, cell, all, { phase: 3, random: new SeededRandomSource("1"), endUs, machines: null });
		for (const name of ["a", "b"]) cell.addNode(node(name));
	}

	/** A pod that serves from now on. */
	pod(name: string, on: number, { preStopUs = 0, serving = {} as PodServing } = {}): PodId {
		const arrival = podArrival({ name, durationUs: Number.POSITIVE_INFINITY });
		const container = { name, kind: "main", limits: {}, requests: {}, preStopUs };
		const run = { containers: [container], terminationGraceUs: 30 * SECOND } as unknown as PodRun;
		const pods = [{ ...arrival, serving, spec: { ...arrival.spec, run } }];
		const [pod] = this.cell.submit({ timeUs: this.cell.nowUs, name, pods, gang: false }).pending;
		this.cell.adoptPod(pod!, on as NodeId);
		return pod!;
	}

	at(seconds: number, action: () => void): void {
		this.engine.schedule(seconds * SECOND, this.#do, this.#actions.push(action) - 1);
	}

	announce(service: string, pods: readonly PodId[]): void {
		this.cell.objects.endpointsChanged(service, pods);
	}

	/** What was lost, by cause, in all windows. */
	lost(of: (count: RequestCount) => boolean = () => true): Record<string, number> {
		const sum: Record<string, number> = {};
		for (const { lost } of this.counts.filter(of))
			for (const [cause, requests] of Object.entries(lost)) if (requests > 0) sum[cause] = (sum[cause] ?? 0) + requests;
		return sum;
	}

	run(): void {
		this.engine.runUntil(Number.POSITIVE_INFINITY);
	}
}

test.each([
	["without a hook they are refused until the proxy has heard", 0, { no_endpoints: 16, refused: 8 }],
	["with one that lasts longer nothing is lost", 2 * SECOND, { no_endpoints: 16 }],
])("a pod is told to go, and its orchestrator says so at once: %s", (_what, preStopUs, lost) => {
	const served = new Served([{}]);
	const first = served.pod("first", 0, { preStopUs });
	const second = served.pod("second", 1);
	// Nobody is known for the first quarter of a second.
	served.announce("default/web", [first, second]);
	served.at(10, () => {
		served.cell.stopPod(first, "deleted");
		served.announce("default/web", [second]);
	});
	served.run();
	expect(served.lost()).toEqual(lost);
	expect(served.counts.map(({ toUs, arrived }) => [toUs / SECOND, arrived])).toEqual(
		[10, 20, 30, 40].map((end) => [end, 640]),
	);
});

test("a node that nobody hears of takes its share of the requests with it, until it is back", () => {
	const served = new Served([{}]);
	served.announce("default/web", [served.pod("first", 0), served.pod("second", 1)]);
	served.at(10, () => served.cell.setNodeSilent(0 as NodeId, true));
	served.at(15, () => served.cell.setNodeSilent(0 as NodeId, false));
	served.run();
	const { no_endpoints, unreachable, cut, ...others } = served.lost();
	// Half of 64 a second for five seconds; it was at work on 0.16 / 0.84 requests.
	expect([no_endpoints, unreachable]).toEqual([16, 160]);
	expect(cut).toBeCloseTo(0.16 / 0.84, 3);
	expect(others).toEqual({});
});

test("a pod is what it says of itself as a server", () => {
	const served = new Served([{}]);
	served.announce("default/web", [served.pod("bad", 0, { serving: { errors: 0.5, waitUs: 20 * MS } })]);
	served.run();
	const { served: good, lost, responses } = served.counts[1]!;
	expect(lost.error / (good + lost.error)).toBeCloseTo(0.5, 4);
	expect(responses.map(({ fixedUs }) => fixedUs)).toEqual([20 * MS]);
});

test("a route divides its requests by weight, also what goes nowhere", () => {
	const served = new Served([{ name: "shop", target: { route: "default/shop" } }]);
	served.announce("default/old", [served.pod("old", 0)]);
	const backends = (old: number, recent: number) => [
		{ service: "default/old", weight: old },
		{ service: "default/new", weight: recent },
	];
	served.cell.objects.routeChanged("default/shop", backends(3, 1));
	served.at(10, () => served.announce("default/new", [served.pod("new", 1)]));
	served.at(20, () => served.cell.objects.routeChanged("default/shop", backends(0, 0)));
	served.run();
	const arrived = (service: string) => served.counts.filter((count) => count.service === service).map((c) => c.arrived);
	expect(arrived("default/old")).toEqual([480, 480, 0, 0]);
	expect(arrived("default/new")).toEqual([160, 160, 0, 0]);
	expect(arrived("")).toEqual([640, 640]);
	// A quarter for 10.25 seconds, and all for twenty; the endpoints of the old one were known when the route came.
	expect(served.lost()).toEqual({ no_endpoints: 16 * 10.25 + 64 * 20 });
});

test("what a pod uses is what all that is sent to it takes", () => {
	const served = new Served([{}, { name: "api", rate: [{ kind: "constant", perSecond: 20 }] }]);
	const pod = served.pod("only", 0);
	const other = served.pod("other", 0);
	served.announce("default/web", [pod]);
	let used: (number | null)[] = [];
	served.at(35, () => {
		used = [pod, other].map((one) => served.cell.usage.ofRequests(one));
	});
	served.run();
	// 64 and 20 a second at 5 ms each.
	expect(used[0]).toBeCloseTo(420, 0);
	expect(used[1]).toBeNull();
});

test("noise has the mean and the variance of Poisson, and is drawn from a stream of its entry", () => {
	const arrivals = (entries: readonly Partial<TrafficOptions>[]) => {
		const served = new Served(entries, 5000 * SECOND);
		served.run();
		return served.counts.filter(({ traffic }) => traffic === "web").map(({ arrived }) => arrived);
	};
	const drawn = arrivals([{ noise: "poisson" }]);
	const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
	const variance = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (drawn.length - 1);
	expect(mean / 640).toBeCloseTo(1, 2);
	expect(variance / 640).toBeGreaterThan(0.85);
	expect(variance / 640).toBeLessThan(1.15);
	expect(arrivals([{ name: "more", noise: "poisson" }, { noise: "poisson" }])).toEqual(drawn);
});
