/** Managers that choose a leader: how long there is none, and what that takes. */
import { expect, test } from "vitest";
import { Availability } from "../../../src/control/availability/availability.js";
import { RaftElection } from "../../../src/control/availability/raft-election.js";
import { Engine } from "../../../src/engine/engine.js";
import { SECOND } from "../../../src/engine/time.js";

/** T is 3 s. Who draws `u` waits (3 + floor(3 u)) s, less the u-th part of a second since the last heartbeat: 3 s for 0, 4 - 0.5 s for a half. */
function managersOf(managers: number, draws: readonly number[] = [0]) {
	const engine = new Engine();
	const availability = new Availability({ stores: managers });
	const log: [number, string][] = [];
	let drawn = 0;
	const next = () => draws[drawn++ % draws.length]!;
	const random = { next, integer: (below: number) => Math.floor(next() * below) };
	const election = new RaftElection(engine, { managers, electionTicks: 3, phase: 0, random, availability });
	const say = (what: string) => log.push([engine.nowUs / SECOND, what]);
	election.join({ start: () => say("leads"), stop: () => say("gone") });
	availability.watch((serving) => say(serving ? "serves" : "refuses"));
	const until = (seconds: number) => {
		engine.runUntil(seconds * SECOND);
		engine.nowUs = seconds * SECOND;
	};
	return { engine, availability, election, log, until };
}

test("as long as nothing fails nothing happens", () => {
	const { engine, until } = managersOf(3);
	until(3600);
	expect(engine.fired).toBe(0);
});

test("of those that are left the first whose time is up leads; meanwhile nothing is written", () => {
	const { availability, election, log, until } = managersOf(3, [0.5, 0.5, 0, 0]);
	until(100);
	election.fail(1);
	expect(availability.refusal).toEqual({ code: 503, message: "The swarm does not have a leader." });
	until(200);
	expect(log).toEqual([
		[100, "refuses"],
		[100, "gone"],
		// 3.5 s and 3 s.
		[103, "serves"],
		[103, "leads"],
	]);
	expect(availability.refusal).toBe(null);
});

test("a minority elects nobody, however long; one more and they do", () => {
	const { election, log, until } = managersOf(5);
	election.fail(3);
	until(100);
	expect(election.leads).toBe(false);
	election.recover(1);
	until(200);
	expect(log.slice(2)).toEqual([
		[103, "serves"],
		[103, "leads"],
	]);
});

test("managers that come back while others vote change nothing; one that fails then has them begin anew", () => {
	const { election, log, until } = managersOf(5);
	election.fail(1);
	until(1);
	election.recover(1);
	until(2);
	election.fail(1);
	until(100);
	expect(log.slice(2)).toEqual([
		[5, "serves"],
		[5, "leads"],
	]);
});
