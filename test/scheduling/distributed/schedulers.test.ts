/**
 * What schedulers that probe do beside probing: their decision time, the rules of their queues, and gangs, which their policy places. As in
 * the tests of Sparrow, nodes have one slot each and messages take 10 us.
 */
import { describe, expect, test } from "vitest";
import { job, node, podArrival } from "../../support/cells.js";
import { probing, slots } from "../../support/distributed.js";
import { scriptedRandom } from "../../support/scripted-random.js";
import { architectureNamed, simulate } from "../../support/simulations.js";

describe("the rules of the queue", () => {
	const options = { discipline: "skip", backoff: { initialUs: 0, maxUs: 0 } } as const;
	const large = { atUs: 45, action: "add", nodes: [node("large", { cpu: 16_000 })] } as const;

	test("a job that no node may run comes back after the delay that its queue names", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("small")],
			jobs: [job("a", { cpu: 8000 })],
			architecture: architectureNamed("sparrow", { delay: "10us" }),
			queue: { ...options, retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 20 } },
			faults: [large],
		});
		// The node comes at 45; probe, question and answer take 30 from the next attempt on.
		expect(attempts.map(({ beginUs }) => beginUs)).toEqual([0, 20, 40, 60]);
		expect(bindings).toEqual(["90 bound a-0 large"]);
	});

	test("a delay that its pods did not outlive is over: the next one is waited for in full", async () => {
		const { attempts } = await probing(
			[0],
			{ sampling: "random" },
			{
				nodes: [node("small"), node("other", { labels: { zone: "z" } })],
				jobs: [job("a", { pods: [podArrival({ facts: { nodeSelector: { zone: "z" } } }), podArrival({ cpu: 8000 })] })],
				queue: {
					...options,
					retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 40 },
					giveUp: { attempts: 3, vainAttempts: 3 },
				},
				faults: [
					{ atUs: 20, action: "delete", selects: ({ name }) => name === "a-1" },
					{ atUs: 30, action: "fail", selects: ({ name }) => name === "other" },
				],
				random: scriptedRandom({
					"sparrow/probes/scheduler-0": Array.from({ length: 90 }, (_, i) => (i === 0 ? 1 : 0)),
				}),
			},
		);
		// a-1 is to come back at 40, but is deleted; a-0 is lost at 30, and there is no node for it then, nor at 30 + 40.
		expect(attempts.map(({ beginUs }) => beginUs)).toEqual([0, 30, 70]);
	});

	test.each([
		[{ attempts: 2, vainAttempts: 9 }, 2],
		[{ attempts: 9, vainAttempts: 3 }, 3],
	])("under %o a job is given up whose tasks their nodes refuse", async (giveUp, times) => {
		const { log, attempts } = await simulate({
			nodes: slots(10),
			jobs: [job("a")],
			architecture: architectureNamed("sparrow", { delay: "10us", probeRatio: 1 }),
			random: scriptedRandom({ "sparrow/probes/scheduler-0": [0, 1, 2] }),
			queue: { ...options, giveUp },
			// The node asks for the task 10 after the probe was sent, and has failed when the task comes.
			faults: [0, 1, 2].map((i) => ({ atUs: i * 30 + 25, action: "fail", selects: ({ name }) => name === `n${i}` })),
		});
		expect(attempts.map(({ outcome }) => outcome)).toEqual(Array.from({ length: times }, () => "conflict"));
		expect(log).toContain(`${times * 30} abandoned a-0`);
	});

	test("a job is not given up while its last attempt is under way", async () => {
		const jobs = [
			job("x", { durationUs: 100 }),
			job("a", { timeUs: 1, pods: [podArrival({ durationUs: 5 }), podArrival({ cpu: 8000 })] }),
		];
		const { log } = await simulate({
			nodes: slots(1),
			jobs,
			architecture: architectureNamed("sparrow", { delay: "10us", sampling: "random" }),
			queue: { ...options, giveUp: { attempts: 1, vainAttempts: 1 } },
		});
		// a-0 waits behind x; no node may run a-1.
		expect(log.slice(3)).toEqual([
			"110 succeeded x-0",
			"110 bound a-0 n0",
			"110 started a-0",
			"110 abandoned a-1",
			"115 succeeded a-0",
		]);
	});
});

test("a scheduler takes its decision time before it probes, one job after the other", async () => {
	const { bindings, attempts } = await simulate({
		nodes: slots(4),
		jobs: [job("a", { pods: 2 }), job("b")],
		architecture: architectureNamed("sparrow", { delay: "10us", sampling: "random" }),
		random: scriptedRandom({ "sparrow/probes/scheduler-0": [0, 1, 2] }),
		perJobUs: 100,
		perPodUs: 5,
	});
	// a: 100 + 2 x 5; b: 100 + 5 more.
	expect(bindings).toEqual(["120 bound a-0 n0", "120 bound a-1 n1", "225 bound b-0 n2"]);
	expect(attempts.map(({ job: { name }, decisionUs }) => [name, decisionUs])).toEqual([
		["a", 110],
		["b", 105],
	]);
});

test("pods that differ and that no node may run keep their reasons apart", async () => {
	const pods = [{ cpu: 8000 }, { cpu: 1000 }, { memory: 1e9 }, { cpu: 8000 }].map((options) => podArrival(options));
	for (const sampling of ["batch", "per-task"]) {
		const { attempts } = await simulate({
			nodes: slots(2),
			jobs: [job("a", { pods })],
			architecture: architectureNamed("sparrow", { delay: "10us", sampling }),
			endUs: 100,
		});
		expect(attempts).toHaveLength(1);
		const { rejections, rejectionsByPods } = attempts[0]!;
		expect([...rejections]).toEqual([["Insufficient cpu", 2]]);
		expect(rejectionsByPods.map(({ pods, rejections, nodes }) => [pods, [...rejections], nodes])).toEqual([
			[[0, 3], [["Insufficient cpu", 2]], 2],
			[[2], [["Insufficient memory", 2]], 2],
		]);
	}
});

test("a gang is placed by the policy, all or nothing, in what the queues leave over", async () => {
	const jobs = [job("a", { durationUs: 100 }), job("gang", { timeUs: 25, pods: 2, gang: true, durationUs: 100 })];
	const { bindings } = await probing([0, 1], {}, { nodes: slots(2), jobs });
	// At 25 n0 and n1 hold room: n0 for a, n1 for nobody any more. One node is not enough, and a is over at 130.
	expect(bindings).toEqual(["30 bound a-0 n0", "130 bound gang-0 n0", "130 bound gang-1 n1"]);
});

test("room that is given back is offered to those whom the policy turned away", async () => {
	const jobs = [job("a", { durationUs: 100 }), job("gang", { timeUs: 15, gang: true, durationUs: 100 })];
	const { bindings } = await probing([0, 1], {}, { nodes: slots(2), jobs });
	// At 15 both nodes hold room for a; at 30 n1 hears that it is not needed.
	expect(bindings).toEqual(["30 bound a-0 n0", "30 bound gang-0 n1"]);
});
