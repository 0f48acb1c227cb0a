/** What would otherwise go wrong in silence is refused, or doubted. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkExperiment } from "../../src/experiment/check.js";
import { makeFolder } from "../../src/experiment/folder.js";

const folder = mkdtempSync(join(tmpdir(), "cellsim-refusals-"));
afterAll(() => rmSync(folder, { recursive: true }));

function experiment(more: string, cpu = "1"): string {
	const file = join(folder, "e.yaml");
	writeFileSync(
		file,
		`apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: e}
spec:
  cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "4", memory: 8Gi}}}}]}
  workloads:
    - name: w
      arrival: {at: 0s}
      count: 3
      template: {spec: {${more.includes("priorityClassName") ? more : ""} containers: [{name: c, resources: {requests: {cpu: "${cpu}"}}}]}}
      sim: {duration: 1m}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
${more.includes("faults") ? `  ${more}` : ""}
`,
	);
	return file;
}

describe("check", () => {
	test("a fault that names a node which is never there", async () => {
		const file = experiment("faults: [{at: 1m, action: fail, nodes: [n-7]}]");
		await expect(checkExperiment(file)).rejects.toThrow(
			"a fault names the node 'n-7', and there is none of that name; did you mean 'n-0'?",
		);
	});

	test("a priority class that nothing declares", async () => {
		await expect(checkExperiment(experiment("priorityClassName: midd,"))).rejects.toThrow("no priority class 'midd'");
	});

	test("pods that no node can take are doubted", async () => {
		const { doubts } = await checkExperiment(experiment("", "20"));
		expect(doubts).toEqual(["no node can take a pod that requests cpu 20, even when it is empty"]);
		expect((await checkExperiment(experiment(""))).doubts).toEqual([]);
	});
});

describe("folders", () => {
	test("are made with those above them; the outermost made is told", async () => {
		expect(await makeFolder(join(folder, "a/b/c"))).toBe(join(folder, "a"));
		expect(await makeFolder(join(folder, "a/b/c"))).toBe(null);
	});

	test.skipIf(process.platform !== "linux")("that cannot be made are told at once (Linux: /proc)", async () => {
		const refused = "cannot write to '/proc/x/y': no folder can be made there; choose another folder with --output";
		await expect(makeFolder("/proc/x/y")).rejects.toThrow(refused);
	});
});
