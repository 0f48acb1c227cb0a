import { expect, test } from "vitest";
import { runSuite } from "../suite.js";
import { readScenario } from "./golden.js";
import { kubeControlSuite } from "./suite.js";

const given = new URL("given", import.meta.url).pathname;

test("our controllers do what those of Kubernetes 1.34.4 were recorded doing, but for the reviewed exceptions", () => {
	const lines: string[] = [];
	const passed = runSuite("kube-control", kubeControlSuite, given, {
		print: (line) => lines.push(line),
		progress() {},
	});
	// Only the totals: no scenario that differs otherwise than reviewed.
	expect(lines).toHaveLength(1);
	expect(passed).toBe(true);
});

test("a folder without recordings is refused, and so is a recording that is not there", () => {
	const empty = new URL(".", import.meta.url).pathname;
	expect(() => kubeControlSuite.cases(empty)).toThrow("no scenarios (*.json.gz) in");
	expect(() => readScenario(given, "none")).toThrow("cannot be read as a recorded scenario");
});
