import fc from "fast-check";
import { expect, test } from "vitest";
import { ProbeRun } from "../../../src/node/kubelet/probes.js";
import type { Probe } from "../../../src/objects/pod-run.js";
import { probe } from "../../support/pod-runs.js";

/** When the verdict changes, from a probe that is asked at every beat, as the documentation has it. */
function naive(given: Probe, firstUs: number, servesAt: (atUs: number) => boolean, untilUs: number): readonly string[] {
	const changes: string[] = [];
	let verdict: string | null = null;
	let last: string | null = null;
	let streak = 0;
	let freeUs = 0;
	for (let tickUs = firstUs; tickUs <= untilUs; tickUs += given.periodUs) {
		if (tickUs < freeUs) continue;
		const answer = servesAt(tickUs) ? "success" : "failure";
		freeUs = answer === "success" ? tickUs : tickUs + given.timeoutUs;
		streak = answer === last ? streak + 1 : 1;
		last = answer;
		if (streak < (answer === "success" ? given.successThreshold : given.failureThreshold)) continue;
		if (answer !== verdict && freeUs <= untilUs) changes.push(`${freeUs} ${answer}`);
		verdict = answer;
	}
	return changes;
}

/** The same from a probe that sleeps while nothing changes; `flipsUs`: when the container begins to serve, ceases, ... */
function sleeping(given: Probe, firstUs: number, flipsUs: readonly number[], untilUs: number): readonly string[] {
	const changes: string[] = [];
	const run = new ProbeRun(given, firstUs);
	const flips = [...flipsUs];
	let serving = false;
	for (;;) {
		const nowUs = Math.min(flips[0] ?? Number.POSITIVE_INFINITY, run.nextUs);
		if (nowUs > untilUs) return changes;
		if (flips[0] === nowUs) {
			flips.shift();
			serving = !serving;
			run.wake(nowUs);
			continue;
		}
		const before = run.verdict;
		run.advance(nowUs, () => serving);
		if (run.verdict !== before) changes.push(`${nowUs} ${run.verdict}`);
	}
}

test("a probe that sleeps while answers stay the same says what one says that is asked at every beat", () => {
	const times = fc.integer({ min: 1, max: 12 });
	const probes = fc.record({
		periodUs: times,
		timeoutUs: times,
		successThreshold: fc.integer({ min: 1, max: 3 }),
		failureThreshold: fc.integer({ min: 1, max: 4 }),
	});
	fc.assert(
		fc.property(
			probes,
			fc.nat(10),
			fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }),
			(given, firstUs, gaps) => {
				const flips = gaps.map((_, i) => gaps.slice(0, i + 1).reduce((sum, gap) => sum + gap, 0));
				const servesAt = (atUs: number) => flips.filter((flipUs) => flipUs <= atUs).length % 2 === 1;
				expect(sleeping(probe(given), firstUs, flips, 400)).toEqual(naive(probe(given), firstUs, servesAt, 400));
			},
		),
		{ seed: 10, numRuns: 1000 },
	);
});

test("a probe that has said all is not due any more", () => {
	const run = new ProbeRun(probe(), 5);
	expect(run.nextUs).toBe(5);
	run.advance(5, () => true);
	expect([run.verdict, run.nextUs]).toEqual(["success", Number.POSITIVE_INFINITY]);
	run.wake(25_000_000);
	// At its beat of 10 s.
	expect(run.nextUs).toBe(30_000_005);
});
