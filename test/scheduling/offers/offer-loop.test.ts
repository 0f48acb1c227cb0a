/** The course of an offer: made, decided on, answered; what it locks, and what becomes of it when the cell changes meanwhile. */
import { describe, expect, test } from "vitest";
import { CPU } from "../../../src/objects/resources.js";
import { OFFER_RULES, type OfferRules } from "../../../src/scheduling/offers/offer-rules.js";
import { job, node } from "../../support/cells.js";
import { contextOf, tell, withRules } from "../../support/offers.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

describe("an offer", () => {
	test("is made a while after the first request, decided on job by job, and answered as a whole", async () => {
		const { story, attempts, offers } = await tell({
			nodes: [node("n")],
			jobs: [
				job("p0-a", { timeUs: 5, ...FOR_EVER }),
				job("p0-b", { timeUs: 9, ...FOR_EVER }),
				job("p0-c", { timeUs: 40, ...FOR_EVER }),
			],
			perJobUs: 20,
		});
		// Asked at 5: round at 15, there at 16. a until 36, b until 56; c, which came meanwhile, waits for the next one, from 67 on.
		expect(story).toEqual([
			"15 offer-round 0",
			"16 offer-made 0",
			"36 offer-decision 0",
			// Asked for by c at 40; the only framework that wants one is deciding.
			"50 offer-round 0",
			"56 offer-decision 0",
			"56 bound p0-a-0 n",
			"56 bound p0-b-0 n",
			"66 offer-round 0",
			"67 offer-made 1",
			"87 offer-decision 1",
			"87 bound p0-c-0 n",
			"97 offer-round 0",
		]);
		expect(attempts.map(({ beginUs, commitUs, decisionUs }) => [beginUs, commitUs, decisionUs])).toEqual([
			[16, 56, 20],
			[36, 56, 20],
			[67, 87, 20],
		]);
		expect([offers.offersMade, offers.offersOutstanding, offers.allocatorBusyUs]).toEqual([2, 0, 2]);
	});

	test("takes no time if nothing does", async () => {
		const { story } = await tell({
			nodes: [node("n")],
			jobs: [job("p0-a", { timeUs: 5, ...FOR_EVER }), job("p1-b", { timeUs: 5, ...FOR_EVER })],
			params: { allocatorTime: "0s", batching: "0s" },
		});
		expect(story).toEqual([
			"5 offer-round 0",
			"5 offer-made 0",
			"5 bound p0-a-0 n",
			"5 offer-round 0",
			"5 offer-made 1",
			"5 bound p1-b-0 n",
			"5 offer-round 0",
		]);
	});

	test("locks everything for everybody else: who comes later waits, whatever is free", async () => {
		const { story, locked, offers } = await tell({
			nodes: [node("n"), node("m")],
			jobs: [job("p0-slow", FOR_EVER), job("p1-quick", { timeUs: 12, ...FOR_EVER })],
			scheduler: "worst-fit",
			takesUs: [100, 30],
			lockedEveryUs: 40,
		});
		// All 8 cpus are slow's from 10 to 111. quick asked at 12: at 22 nothing is available. slow's answer asks again.
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"22 offer-round 0",
			"111 offer-decision 0",
			"111 bound p0-slow-0 n",
			"121 offer-round 0",
			"122 offer-made 1",
			"152 offer-decision 1",
			"152 bound p1-quick-0 m",
			"162 offer-round 0",
		]);
		expect(locked).toEqual(["0 0", "40 8000", "80 8000", "120 0", "160 0"]);
		expect([offers.offersMade, offers.roundsRefused]).toEqual([2, 1]);
	});

	test("made meanwhile holds what was freed meanwhile, and is not the last word for a job that is too big for it", async () => {
		const { story, locked, attempts } = await tell({
			nodes: [node("n", { cpu: 6000 }), node("m", { cpu: 6000 })],
			jobs: [
				job("p1-short", { cpu: 1000, durationUs: 60 }),
				job("p0-slow", { timeUs: 40, ...FOR_EVER }),
				job("p1-small", { timeUs: 41, ...FOR_EVER }),
				job("p1-big", { timeUs: 42, cpu: 4000, ...FOR_EVER }),
			],
			takesUs: [200, 10],
			lockedEveryUs: 30,
		});
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"21 offer-decision 0",
			"21 bound p1-short-0 n",
			"31 offer-round 0",
			// 11 cpus are slow's from 50 to 251, since p1 has a pod and p0 has none.
			"50 offer-round 0",
			"51 offer-made 1",
			// short ended at 81: its cpu is offered to p1. small takes it, nothing is left to try big on.
			"91 offer-round 0",
			"92 offer-made 2",
			"102 offer-decision 2",
			"102 bound p1-small-0 n",
			"112 offer-round 0",
			"251 offer-decision 1",
			"251 bound p0-slow-0 n",
			"261 offer-round 0",
			"262 offer-made 3",
			"272 offer-decision 3",
			"272 bound p1-big-0 n",
			"282 offer-round 0",
		]);
		expect(locked).toEqual([
			...["0 0", "30 0", "60 11000", "90 11000", "120 11000", "150 11000", "180 11000", "210 11000", "240 11000"],
			"270 10000",
		]);
		expect(attempts.map(({ job: { name }, outcome }) => `${name} ${outcome}`)).toEqual([
			"p1-short placed",
			"p1-small placed",
			"p0-slow placed",
			"p1-big placed",
		]);
	});

	test("that was too small parks a job until nothing is locked", async () => {
		const { story, attempts } = await tell({
			nodes: [node("n", { cpu: 6000 })],
			jobs: [
				job("p1-short", { cpu: 1000, durationUs: 60 }),
				job("p0-slow", { timeUs: 40, ...FOR_EVER }),
				job("p1-big", { timeUs: 42, cpu: 4000, ...FOR_EVER }),
			],
			takesUs: [200, 10],
		});
		// big is tried on short's cpu alone, 92 - 102, in vain; slow's answer at 251 brings it back.
		expect(story.filter((line) => / made | bound /.test(line.replace("offer-made", "made")))).toEqual([
			"11 offer-made 0",
			"21 bound p1-short-0 n",
			"51 offer-made 1",
			"92 offer-made 2",
			"251 bound p0-slow-0 n",
			"262 offer-made 3",
			"272 bound p1-big-0 n",
		]);
		expect(attempts.map(({ job: { name }, beginUs, outcome }) => `${name} ${beginUs} ${outcome}`)).toEqual([
			"p1-short 11 placed",
			"p1-big 92 unschedulable",
			"p0-slow 51 placed",
			"p1-big 262 placed",
		]);
	});

	test("loses the nodes that fail: what was placed there conflicts, the rest goes elsewhere", async () => {
		const { bindings, attempts } = await tell({
			nodes: [node("n"), node("m")],
			jobs: [job("p0-a", FOR_EVER), job("p0-b", FOR_EVER)],
			perJobUs: 20,
			faults: [{ atUs: 25, action: "fail", selects: ({ name }) => name === "n" }],
		});
		// a 11 - 31 on n, b 31 - 51 on m; a again 62 - 82.
		expect(bindings).toEqual(["51 bound p0-b-0 m", "82 bound p0-a-0 m"]);
		expect(attempts.map(({ conflictReasons }) => [...conflictReasons.keys()])).toEqual([["node-gone"], [], []]);
	});

	test("may be older than a decision that takes no time: a conflict is then no fault of the scheduler", async () => {
		const { attempts } = await tell({
			nodes: [node("n", { pods: 1 })],
			jobs: [
				job("p0-short", { durationUs: 10 }),
				job("p1-a", { timeUs: 5, cpu: 2000, ...FOR_EVER }),
				job("p0-b", { timeUs: 6, ...FOR_EVER }),
			],
			params: { allocatorTime: "30us", batching: "5us" },
		});
		expect(attempts.map(({ job: { name }, beginUs, outcome }) => `${name} ${beginUs} ${outcome}`)).toEqual([
			"p0-short 35 placed",
			"p0-b 35 unschedulable",
			"p1-a 70 unschedulable",
			// short ended at 45. What it freed was offered to p0 at 50, the rest to p1 at 75, both with the one place for pods.
			"p0-b 100 placed",
			"p1-a 130 conflict",
			"p1-a 165 unschedulable",
		]);
	});
});

const AT_ONCE: OfferRules = {
	...OFFER_RULES,
	decides: "at-once",
	looks: (podClass, rest) => rest[CPU]! > podClass.request[CPU]!,
	looksAgainAfter: "placed-pod",
};

test("at-once rules: decided when the offer comes, leftovers come back at once, the answer after the sum", async () => {
	const { story, attempts } = await tell({
		architecture: (context) => withRules(AT_ONCE)(contextOf(context)),
		queue: {
			discipline: "skip",
			backoff: { initialUs: 0, maxUs: 0 },
			retry: { place: "tail", afterConflictUs: 30, afterNoRoomUs: 30 },
		},
		nodes: [node("n", { cpu: 6000 })],
		jobs: [job("p1-x", { cpu: 2000, memory: 200, durationUs: 40 }), job("p0-a", { timeUs: 115, pods: 6, ...FOR_EVER })],
		perJobUs: 100,
	});
	expect(story).toEqual([
		"10 offer-round 0",
		// x is decided on at 11, the answer takes until 111, and it ends at 151.
		"11 offer-made 0",
		"111 offer-answer 0",
		"111 bound p1-x-0 n",
		"121 offer-round 0",
		// Four of a's pods at 122; the other two come back at 152 and find what x left at 162, before the first are answered.
		"122 offer-made 1",
		"161 offer-round 0",
		"162 offer-made 2",
		"222 offer-answer 1",
		"222 bound p0-a-0 n",
		"222 bound p0-a-1 n",
		"222 bound p0-a-2 n",
		"222 bound p0-a-3 n",
		"232 offer-round 0",
		"262 offer-answer 2",
		"262 bound p0-a-4 n",
		"262 bound p0-a-5 n",
		"272 offer-round 0",
	]);
	expect(attempts.map(({ job: { name }, pods, placed, decisionUs }) => [name, pods, placed, decisionUs])).toEqual([
		["p1-x", 1, 1, 100],
		["p0-a", 6, 4, 100],
		["p0-a", 2, 2, 100],
	]);
});
