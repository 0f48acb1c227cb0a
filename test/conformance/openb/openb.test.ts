/** Part of the suite that `npm run conformance -- openb` runs: all recorded decisions, and published tables where rounding is hardest. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openbSuite } from "./suite.js";

const GOLDEN = fileURLToPath(new URL("../../../../shared/reference/openb", import.meta.url));
const there = existsSync(GOLDEN);
const cases = there ? openbSuite.cases(GOLDEN) : [];

describe.skipIf(!there)("the FGD study (needs ../shared/reference/openb)", () => {
	// Loads that end in a half: gpushare100, multigpu20.
	const some =
		/^decisions default|^decisions .* FGD|^tables (gpushare100 42 FGD|multigpu20 42 BestFit|default 43 DotProd)/;
	const chosen = cases.filter(({ name }) => some.test(name));
	test.each(chosen)("$name", ({ compare }) => {
		const { decisions, equal, differences } = compare();
		expect(differences.slice(0, 3)).toEqual([]);
		expect(decisions).toBeGreaterThan(300);
		expect(equal).toBe(decisions);
	});

	test("means over ten own orders: six policies at two loads, fragmentation at one, and their order", {
		timeout: 240_000,
	}, () => {
		const [means, ...more] = cases.filter(({ name }) => name.startsWith("means"));
		expect(more).toEqual([]);
		expect(means!.compare()).toEqual({ decisions: 6 * 3 + 1, equal: 19, differences: [] });
	});

	test("every workload and arrival order that is there is found", () => {
		const names = cases.map(({ name }) => name).filter((name) => name.startsWith("tables"));
		// 13 workloads with seed 42, and the default one with three more; five policies.
		expect(names.length).toBeGreaterThanOrEqual(5 * 16);
		expect(new Set(names).size).toBe(names.length);
	});
});

test("a folder without golden data is refused", () => {
	const nowhere = fileURLToPath(new URL("./", import.meta.url));
	expect(() => openbSuite.cases(nowhere)).toThrow("neither decisions/ nor pai/ holds anything to repeat");
});
