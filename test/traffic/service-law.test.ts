import { describe, expect, test } from "vitest";
import { busyWith, requestsInside, serviceLaw } from "../../src/traffic/service-law.js";

describe("requests in a pod in equilibrium", () => {
	test.each([
		// M/G/1-PS: r / (1 - r), whatever the speed of the pod is.
		[0.5, 1, 1],
		[0.9, 1, 9],
		[0.25, 0.5, 1],
		// M/M/2 at r = 1/2: a = 1, p0 = 1/3, queue 1/3, N = a + 1/3.
		[1, 2, 4 / 3],
		// M/M/3 at a = 2: Erlang C = 4/9, queue 4/9 * (2/3) / (1/3) = 8/9.
		[2, 3, 2 + 8 / 9],
		// Hardly any load: each request has a CPU of its own.
		[0.001, 4, 0.001],
	])("%d CPUs asked for of %d: %d", (asked, cpus, inside) => {
		expect(requestsInside(asked, cpus)).toBeCloseTo(inside, 6);
	});

	test("a limit that is no whole number lies between its neighbours", () => {
		const [two, between, three] = [2, 2.5, 3].map((cpus) => requestsInside(1.5, cpus));
		expect(between).toBeLessThan(two!);
		expect(between).toBeGreaterThan(three!);
	});
});

test.each([0.2, 1, 2.5, 16])("the law of %d CPUs is that equilibrium backwards, to 2e-4", (cpus) => {
	const law = serviceLaw(cpus, 1000);
	for (const load of [0.01, 0.3, 0.5, 0.77, 0.9, 0.99]) {
		const inside = requestsInside(load * cpus, cpus);
		expect(Math.abs(busyWith(law, inside) / (load * cpus) - 1)).toBeLessThan(2e-4);
	}
	expect(law.requests.at(-1)).toBe(1000);
	for (let i = 1; i < law.requests.length; i++) expect(law.busyCpus[i]).toBeGreaterThan(law.busyCpus[i - 1]!);
});
