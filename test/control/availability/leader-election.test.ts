import { expect, test } from "vitest";
import { Availability } from "../../../src/control/availability/availability.js";
import { DEFAULT_LEASE_TIMES, LeaderElection } from "../../../src/control/availability/leader-election.js";
import { Engine } from "../../../src/engine/engine.js";
import { SECOND } from "../../../src/engine/time.js";

/** Who draws `u` waits 2 s x (1 + 1.2 u) between tries: 2 s for 0, 3.2 s for a half. */
function electionOf(replicas: number, u = 0, serving = {}) {
	const engine = new Engine();
	const availability = new Availability({ stores: 3, ...serving });
	const log: [number, string][] = [];
	const say = (what: string) => log.push([Math.round(engine.nowUs / (SECOND / 10)) / 10, what]);
	const election = new LeaderElection(
		engine,
		{
			...DEFAULT_LEASE_TIMES,
			name: "x",
			phase: 0,
			replicas,
			random: { next: () => u, integer: () => 0 },
			availability,
		},
		{ start: () => say("leads"), stop: () => say("gone") },
	);
	const until = (seconds: number) => {
		engine.runUntil(seconds * SECOND);
		engine.nowUs = seconds * SECOND;
	};
	return { engine, availability, election, log, until };
}

test("as long as nothing fails nothing happens", () => {
	const { engine, until } = electionOf(3);
	until(3600);
	expect(engine.fired).toBe(0);
});

test("another replica takes over when the lease has run out that it saw renewed last", () => {
	const { election, log, until } = electionOf(2);
	until(101);
	election.fail(1, false);
	until(200);
	// Renewed last at 100, seen at 102, runs out at 117; tries at 103, 105, ..., 117, and the first beyond that: 119.
	expect(log).toEqual([
		[101, "gone"],
		[119, "leads"],
	]);
});

test("a lease that is handed back is taken at the next try", () => {
	const { election, log, until } = electionOf(2, 0.5);
	until(101);
	election.fail(1, true);
	until(200);
	expect(log).toEqual([
		[101, "gone"],
		[104.2, "leads"],
	]);
});

test("a replica that starts anew and finds a lease waits for the whole of it", () => {
	const { election, log, until } = electionOf(1);
	until(101);
	election.fail(1, false);
	until(400);
	expect(log).toEqual([[101, "gone"]]);
	election.recover(1);
	until(500);
	// It sees the lease at 402; tries each 2 s, the first beyond 417 is at 418.
	expect(log.at(-1)).toEqual([418, "leads"]);
});

test("a leader outlives an outage that is shorter than its deadline, and gives up in a longer one", () => {
	const { availability, log, until } = electionOf(2);
	until(101);
	availability.fail("api-server", 1);
	// Renewed last at 100; a try at 102 that goes on for 10 s: until 112.
	until(111);
	availability.recover("api-server", 1);
	until(201);
	expect(log).toEqual([]);
	availability.fail("api-server", 1);
	until(300);
	expect(log).toEqual([[212, "gone"]]);
	availability.recover("api-server", 1);
	until(400);
	// The one that stood by has seen no renewal since 202, so that the lease has run out: its tries are at 214, 216, ..., 302.
	expect(log.at(-1)).toEqual([302, "leads"]);
});

test("the only replica that lost its lease in an outage waits for the whole of it after the outage", () => {
	const { availability, log, until } = electionOf(1);
	until(101);
	availability.fail("store", 2);
	until(300);
	availability.recover("store", 2);
	until(400);
	// It sees the lease at 302 and takes it at the first try after 317.
	expect(log).toEqual([
		[112, "gone"],
		[318, "leads"],
	]);
});

test.each([
	// Members, alive, whether a quorum is left.
	[1, 1, true],
	[3, 2, true],
	[3, 1, false],
	[5, 3, true],
	[5, 2, false],
])("a store of %i members of which %i are alive: serves %j", (stores, alive, serves) => {
	const availability = new Availability({ stores });
	availability.fail("store", stores - alive);
	expect(availability.serving).toBe(serves);
	expect(availability.refusal?.message ?? null).toBe(serves ? null : "etcdserver: request timed out");
});

test("a commit is there when a quorum has written it: fewer members alive, slower commits", () => {
	const writes = [5, 1, 9, 3, 7];
	let next = 0;
	const availability = new Availability({ stores: 5, writeUs: () => writes[next++ % 5]! });
	// The third fastest of 1, 3, 5, 7, 9.
	expect(availability.commitUs()).toBe(5);
	availability.fail("store", 2);
	next = 0;
	// All of 5, 1, 9.
	expect(availability.commitUs()).toBe(9);
});
