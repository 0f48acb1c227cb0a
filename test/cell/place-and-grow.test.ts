/** Jobs that run already, and jobs that get more pods than they asked for. */
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId } from "../../src/cell/ids.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import { cellOf, commit, HandClock, job, node, placementOf, podArrival } from "../support/cells.js";

const A = 0 as NodeId;
const B = 1 as NodeId;

function heardOf(cell: Cell): string[] {
	const heard: string[] = [];
	cell.watch({
		jobSubmitted: ({ name }) => heard.push(`submitted ${name}`),
		jobGrown: ({ name }, added) => heard.push(`grown ${name} +${added}`),
		podBound: (pod, on) => heard.push(`bound ${cell.pod(pod).name} ${cell.node(on).name}`),
	});
	return heard;
}

describe("placing a job", () => {
	test("binds its pods to the named nodes, and does not submit it", () => {
		const cell = cellOf([node("a", { gpus: 2 }), node("b")]);
		const heard = heardOf(cell);
		const pods = [podArrival({ cpu: 1000, gpu: { milli: 600 } }), podArrival({ cpu: 1000, gpu: { milli: 600 } })];
		const placed = cell.place(job("old", { pods }), [A, A]);
		const later = cell.submit(job("new"));
		expect(heard).toEqual(["bound old-0 a", "bound old-1 a", "submitted new"]);
		expect([placed.prefilled, placed.ordinal, later.prefilled, later.ordinal]).toEqual([true, 0, false, 1]);
		// 4000 - 2 x 1000; each pod on a device of its own, since 2 x 600 is more than one has.
		expect([cell.node(A).free(0), cell.nodes.deviceFree[0], cell.nodes.deviceFree[1]]).toEqual([2000, 400, 400]);
		expect([placed.pending, placed.placedAny, cell.pendingPods]).toEqual([[], true, 1]);
		checkInvariants(cell);
	});

	test("refuses a pod for which its node has no room, and nodes that are too few", () => {
		const cell = cellOf([node("a"), node("b")]);
		expect(() => cell.place(job("big", { pods: 2, cpu: 3000 }), [A, A])).toThrow(
			"pod 'big-1' cannot be placed on node 0: no-longer-fits",
		);
		expect(() => cell.place(job("j", { pods: 2 }), [B])).toThrow("job 'j' has 2 pods, and 1 nodes are named for them");
	});
});

describe("growing a job", () => {
	test("keeps its work: more pods of the first one's class run for less", () => {
		const clock = new HandClock();
		const cell = cellOf([node("a")], clock);
		const heard = heardOf(cell);
		const grown = cell.submit(job("mr", { pods: 3, cpu: 500, durationUs: 100, maxWorkers: 20 }));
		clock.nowUs = 7;
		cell.countAttempt(grown);
		cell.growJob(grown, 8);
		expect(heard).toEqual(["submitted mr", "grown mr +5"]);
		const pods = grown.pending.map((pod) => cell.pod(pod));
		// 3 x 100 = 8 x 37.5, rounded.
		expect(pods.map(({ arrival }) => arrival.durationUs)).toEqual(new Array(8).fill(38));
		expect(new Set(pods.map(({ podClass }) => podClass)).size).toBe(1);
		expect(pods.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => `mr-${i}`));
		expect(pods.map(({ submitUs, attempts }) => [submitUs, attempts]).slice(2, 4)).toEqual([
			[0, 1],
			[7, 1],
		]);
		expect([grown.podCount, grown.requestedPods, grown.remaining, cell.pendingPods]).toEqual([8, 3, 8, 8]);
		checkInvariants(cell);
	});

	test("shares unequal run times equally, and work without an end stays without", () => {
		const cell = cellOf([node("a")]);
		const unequal = [10, 20, 60].map((durationUs) => podArrival({ durationUs }));
		const mixed = cell.submit(job("mixed", { pods: unequal }));
		const endless = cell.submit(job("endless", { durationUs: Number.POSITIVE_INFINITY }));
		cell.growJob(mixed, 6);
		cell.growJob(endless, 2);
		const runTimes = (of: typeof mixed) => of.pending.map((pod) => cell.pod(pod).arrival.durationUs);
		// 90 / 6.
		expect(runTimes(mixed)).toEqual(new Array(6).fill(15));
		expect(runTimes(endless)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
	});

	test("lets the job end when its last pod does, also with one deleted before", () => {
		const cell = cellOf([node("a")]);
		const ended: string[] = [];
		cell.watch({ jobEnded: ({ name }) => ended.push(name) });
		const grown = cell.submit(job("mr", { pods: 2, cpu: 100, durationUs: 100 }));
		cell.endPod(grown.pending[0]!, "deleted");
		cell.growJob(grown, 5);
		// One of 100 is left of two, and shared by four.
		expect(grown.pending.map((pod) => cell.pod(pod).arrival.durationUs)).toEqual([25, 25, 25, 25]);
		for (const pod of [...grown.pending]) {
			commit(cell, [placementOf(cell, pod, A)]);
			cell.startPod(pod);
			expect(ended).toEqual([]);
			cell.endPod(pod, "succeeded");
		}
		expect([ended, grown.remaining]).toEqual([["mr"], 0]);
		checkInvariants(cell);
	});

	test("is refused once a pod was placed, and to fewer pods", () => {
		const cell = cellOf([node("a")]);
		const grown = cell.submit(job("mr", { pods: 2 }));
		const refusal = "job 'mr' cannot grow from 2 pods to 1: it has begun, or has more";
		expect(() => cell.growJob(grown, 1)).toThrow(refusal);
		const running = cell.place(job("old"), [A]);
		expect(() => cell.growJob(running, 3)).toThrow("job 'old' cannot grow from 1 pods to 3: it has begun, or has more");
	});
});
