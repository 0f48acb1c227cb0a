import { describe, expect, test } from "vitest";
import { suiteKeeping } from "./suite.js";

const given = new URL("given", import.meta.url).pathname;

describe.each(["all", "nothing"] as const)("with a scheduler that keeps %s of what plugins said", (keeps) => {
	test.each(suiteKeeping(keeps).cases(given))("$name is decided as by the real kube-scheduler", ({ compare }) => {
		const { decisions, equal, differences } = compare();
		expect(differences.slice(0, 3)).toEqual([]);
		expect(decisions).toBeGreaterThan(0);
		expect(equal).toBe(decisions);
	});
});
