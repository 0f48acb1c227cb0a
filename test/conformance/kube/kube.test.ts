import { expect, test } from "vitest";
import { kubeSuite } from "./suite.js";

const cases = kubeSuite.cases(new URL("given", import.meta.url).pathname);

test.each(cases)("$name is decided as by the real kube-scheduler", ({ compare }) => {
	const { decisions, equal, differences } = compare();
	expect(differences.slice(0, 3)).toEqual([]);
	expect(decisions).toBeGreaterThan(0);
	expect(equal).toBe(decisions);
});
