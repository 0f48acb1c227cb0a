import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PodId } from "../../src/cell/ids.js";
import type { LossCause } from "../../src/cell/requests.js";
import { SECOND } from "../../src/engine/time.js";
import { type LoadCount, type Profile, ServiceLoad, type Stance } from "../../src/traffic/service-load.js";

const ONE_CPU: Profile = { cpus: 1, workS: 0.01, fixedUs: 2000, errors: 0 };
const SERVES: Stance = { refuses: null, profile: ONE_CPU };
const LEAVES: Stance = { refuses: "refused", profile: ONE_CPU };
const GONE: Stance = { refuses: "refused", profile: null };
const DOWN: Stance = { refuses: "unreachable", profile: null };

const pod = (number: number) => number as PodId;

function made({ proxies = 1, most = 100, timeoutUs = SECOND } = {}) {
	const stances = new Map<PodId, Stance>();
	const followed = new Set<PodId>();
	const load = new ServiceLoad(
		{
			most,
			timeoutUs,
			proxies,
			stanceOf: (one) => stances.get(one) ?? SERVES,
			follows: (one, follows) => (follows ? followed.add(one) : followed.delete(one)),
		},
		0,
	);
	return { load, stances, followed };
}

function lostOf({ lost }: LoadCount): Partial<Record<LossCause, number>> {
	return Object.fromEntries(Object.entries(lost).filter(([, requests]) => requests > 0));
}

const sumOfLost = ({ lost }: LoadCount) => Object.values(lost).reduce((sum, one) => sum + one, 0);

describe("requests", () => {
	test("that find no endpoint are lost, and nobody is served meanwhile", () => {
		const { load } = made();
		load.send(100, 0);
		const count = load.take(2 * SECOND);
		expect(lostOf(count)).toEqual({ no_endpoints: 200 });
		expect(count).toMatchObject({ arrived: 200, served: 0, outageUs: 2 * SECOND });
	});

	test("go to a pod that is gone until its proxy has heard", () => {
		const { load, stances, followed } = made();
		load.learn(0, [pod(1), pod(2)], 0);
		load.send(60, 0);
		load.take(10 * SECOND);
		stances.set(pod(1), GONE);
		load.look(pod(1), 10 * SECOND);
		load.learn(0, [pod(2)], 12 * SECOND);
		const count = load.take(20 * SECOND);
		// Two seconds of half of 60 a second, and what it was at work on: at 30 % of its CPU, 0.3 / 0.7 requests.
		expect(lostOf(count)).toEqual({ refused: 60, cut: expect.closeTo(0.3 / 0.7, 3) });
		expect(followed).toEqual(new Set([pod(2)]));
	});

	test("to a pod on its way out are refused, and those that it has are finished", () => {
		const { load, stances, followed } = made();
		load.learn(0, [pod(1)], 0);
		load.send(50, 0);
		const before = load.take(10 * SECOND);
		expect(before.inside).toBeCloseTo(1, 2);
		stances.set(pod(1), LEAVES);
		load.look(pod(1), 10 * SECOND);
		load.learn(0, [], 11 * SECOND);
		const count = load.take(20 * SECOND);
		expect(lostOf(count)).toEqual({ refused: 50, no_endpoints: 450 });
		expect(count.served).toBe(before.inside);
		expect(followed.size).toBe(0);
	});

	test("to a node that is down are lost, by what each proxy knows", () => {
		const { load, stances } = made({ proxies: 2 });
		for (const proxy of [0, 1]) load.learn(proxy, [pod(1), pod(2)], 0);
		load.send(80, 0);
		stances.set(pod(1), DOWN);
		load.look(pod(1), 0);
		load.learn(0, [pod(2)], SECOND);
		load.learn(1, [pod(2)], 3 * SECOND);
		// 40 a second for one second, then 20 a second for two.
		expect(lostOf(load.take(10 * SECOND))).toEqual({ unreachable: 80 });
	});

	test("are served as late as the pod is full", () => {
		const { load } = made();
		load.learn(0, [pod(1)], 0);
		load.send(90, 0);
		load.take(1000 * SECOND);
		const { responses, usedCpuUs, capacityCpuUs, lost } = load.take(1010 * SECOND);
		// M/G/1-PS: 10 ms / (1 - 0.9), and 2 ms on the way; of those e^(-998/100) take longer than a second.
		expect(responses).toHaveLength(1);
		expect(responses[0]!.fixedUs).toBe(2000);
		expect(Math.abs(responses[0]!.meanUs / 100_000 - 1)).toBeLessThan(1e-3);
		expect(usedCpuUs / capacityCpuUs).toBeCloseTo(0.9, 4);
		expect(lost.timeout / (900 * Math.exp(-9.98))).toBeCloseTo(1, 1);
	});

	test("beyond what a pod can do overflow, and what it does takes too long", () => {
		const { load } = made({ most: 100, timeoutUs: 500_000 });
		load.learn(0, [pod(1)], 0);
		load.send(150, 0);
		load.take(20 * SECOND);
		const count = load.take(30 * SECOND);
		// A pod with 100 inside needs 1 s for each: 100 a second go out, e^(-0.498) of them too late.
		expect(lostOf(count)).toEqual({ overflow: 500, timeout: expect.closeTo(1000 * Math.exp(-0.498), 1) });
		expect(count.usedCpuUs).toBe(10 * SECOND);
		expect(count.inside).toBe(100);
	});

	test("are answered with errors, in a bad version", () => {
		const { load, stances } = made();
		stances.set(pod(2), { ...SERVES, profile: { ...ONE_CPU, errors: 0.5 } });
		load.learn(0, [pod(1), pod(2)], 0);
		load.send(64, 0);
		expect(lostOf(load.take(100 * SECOND)).error! / (3200 * 0.5)).toBeCloseTo(1, 2);
	});
});

test("what a pod uses is what its share of the requests takes", () => {
	const { load } = made();
	load.learn(0, [pod(1), pod(2), pod(3), pod(4)], 0);
	load.send(100, 0);
	expect(load.usedMilli(pod(3), 60 * SECOND)).toBeCloseTo(250, 0);
	expect(load.usedMilli(pod(9), 60 * SECOND)).toBe(0);
});

test("whatever happens, what arrived was served or lost, or is inside: exactly", () => {
	const event = fc.record({
		afterUs: fc.integer({ min: 0, max: 2 * SECOND }),
		pod: fc.integer({ min: 0, max: 7 }),
		what: fc.constantFrom("rate", "learn", "serves", "leaves", "gone", "down", "take"),
		rate: fc.double({ min: 0, max: 900, noNaN: true }),
		proxy: fc.integer({ min: 0, max: 2 }),
		endpoints: fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { maxLength: 8 }),
	});
	const property = fc.property(fc.array(event, { maxLength: 60 }), (events) => {
		const { load, stances } = made({ proxies: 3, most: 20, timeoutUs: 80_000 });
		const changes = { serves: SERVES, leaves: LEAVES, gone: GONE, down: DOWN } as const;
		let nowUs = 0;
		let inside = 0;
		for (const { afterUs, pod: number, what, rate, proxy, endpoints } of events) {
			nowUs += afterUs;
			if (what === "rate") load.send(rate, nowUs);
			else if (what === "learn") load.learn(proxy, endpoints.map(pod), nowUs);
			else if (what === "take") {
				const count = load.take(nowUs);
				expect(inside + count.arrived).toBe(count.served + sumOfLost(count) + count.inside);
				expect(Math.min(count.served, count.inside, ...Object.values(count.lost))).toBeGreaterThanOrEqual(0);
				inside = count.inside;
			} else {
				stances.set(pod(number), changes[what]);
				load.look(pod(number), nowUs);
			}
		}
		const count = load.take(nowUs);
		expect(inside + count.arrived).toBe(count.served + sumOfLost(count) + count.inside);
	});
	fc.assert(property, { seed: 8, numRuns: 300 });
});
