/** Masters of Mesos: how long there is none, and who waits for what. */
import { describe, expect, test } from "vitest";
import { Availability } from "../../../src/control/availability/availability.js";
import { foundUs, MasterElection, Mastership } from "../../../src/control/availability/master-election.js";
import { Engine } from "../../../src/engine/engine.js";
import { SECOND } from "../../../src/engine/time.js";

/** Who draws `u` has pinged 10/3 x u s before it fails, and finds the master 2 x u s after its election if it answers by then. */
function mastersOf(masters: number, draws: readonly number[] = [0.3]) {
	const engine = new Engine();
	const between = new Availability();
	const mastership = new Mastership();
	const log: [number, string][] = [];
	let drawn = 0;
	const next = () => draws[drawn++ % draws.length]!;
	const random = { next, integer: (below: number) => Math.floor(next() * below) };
	const options = { masters, registryUs: SECOND / 2, frameworks: 2, mastership, phase: 0, random, between };
	const election = new MasterElection(engine, options);
	const say = (what: string) => log.push([Math.round(engine.nowUs / 1000) / 1000, what]);
	election.watch(() => say(election.offers ? "offers" : "no offers"));
	between.watch((serving) => say(serving ? "answers" : "silent"));
	const until = (seconds: number) => {
		engine.runUntil(seconds * SECOND);
		engine.nowUs = seconds * SECOND;
	};
	return { engine, election, mastership, log, until };
}

test("as long as nothing fails nothing happens", () => {
	const { engine, until } = mastersOf(3);
	until(3600);
	expect(engine.fired).toBe(0);
});

test("the next one leads when the session of the last is over, and offers when the frameworks have found it", () => {
	const { election, mastership, log, until } = mastersOf(2);
	until(100);
	election.fail(1);
	expect(mastership.leads).toBe(false);
	until(200);
	// Pinged 1 s before: elected at 109 s, the registry takes half a second, and both frameworks ask after 0.6 s.
	expect(log).toEqual([
		[100, "silent"],
		[100, "no offers"],
		[109.5, "answers"],
		[109.6, "offers"],
	]);
	expect(mastership.leads).toBe(true);
	expect(mastership.answersUs - mastership.electedUs).toBe(SECOND / 2);
});

test("one alone leads again when it is back, but not before its own last session is over", () => {
	const { election, log, until } = mastersOf(1);
	until(100);
	election.fail(1);
	until(103);
	election.recover(1);
	until(200);
	expect(log[2]).toEqual([109.5, "answers"]);
	election.fail(1);
	until(300);
	election.recover(1);
	until(400);
	expect(log.at(-2)).toEqual([300.5, "answers"]);
});

test("one that fails before it has answered has a session of its own to wait for; without any nobody leads", () => {
	const { election, mastership, log, until } = mastersOf(3);
	until(100);
	election.fail(1);
	until(109.2);
	election.fail(1);
	until(150);
	// 109.2 - 1 + 10 + 0.5 s.
	expect(log[2]).toEqual([118.7, "answers"]);
	election.fail(3);
	until(1000);
	expect(mastership.leads).toBe(false);
});

describe("who looks for a master", () => {
	// Elected at 100 s; waits are half of 1, 2, 4, ... 60, 60 s.
	test.each([
		["at its first try, if it answers", 100.5, 100.5],
		["at the second", 100.6, 101.5],
		["at the third", 102, 103.5],
		// 0.5 + 1 + 2 + 4 + 8 + 16 = 31.5, then 30 each.
		["after a minute at most from one try to the next", 200, 221.5],
	])("finds it %s", (_what, answers, found) => {
		const random = { next: () => 0.5, integer: () => 0 };
		const term = { electedUs: 100 * SECOND, answersUs: answers * SECOND };
		expect(foundUs(term, SECOND, random) / SECOND).toBe(found);
	});
});
