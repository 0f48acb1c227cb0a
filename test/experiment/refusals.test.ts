/** What would otherwise go wrong in silence is refused, or doubted. */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { checkExperiment } from "../../src/experiment/check.js";
import { makeFolder, markFolder, refuseForeign } from "../../src/experiment/folder.js";
import { experimentText, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("refusals");

function experiment(more: string, cpu = "1"): string {
	const file = join(folder, "e.yaml");
	writeFileSync(
		file,
		experimentText(`
cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "4", memory: 8Gi}}}}]}
workloads:
  - name: w
    arrival: {at: 0s}
    count: 3
    template: {spec: {${more.includes("priorityClassName") ? more : ""} containers: [{name: c, resources: {requests: {cpu: "${cpu}"}}}]}}
    sim: {duration: 1m}
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
${more.includes("faults") ? more : ""}
`),
	);
	return file;
}

describe("check", () => {
	test("a fault that names a node which is never there", async () => {
		const file = experiment("faults: [{at: 1m, action: fail, nodes: [n-7]}]");
		await expect(checkExperiment(file)).rejects.toThrow(
			`${file}:13:43 error spec.faults[0].nodes[0]: there is never a node named 'n-7'; did you mean 'n-0'?\n`,
		);
		const added =
			"{at: 30s, action: add, nodeGroup: {name: n-7-up, count: 1, template: {status: {allocatable: {cpu: 1}}}}}";
		const later = experiment(`faults: [${added}, {at: 1m, action: fail, nodes: [n-1, n-7-up-0, x]}]`);
		await expect(checkExperiment(later)).rejects.toThrow(
			`${file}:13:164 error spec.faults[1].nodes[2]: there is never a node named 'x'\n`,
		);
	});

	test("a priority class that nothing declares, with its place", async () => {
		const file = experiment("priorityClassName: midd,");
		await expect(checkExperiment(file)).rejects.toThrow(
			`${file}:10:44 error spec.workloads[0].template.spec.priorityClassName: there is no priority class 'midd': declare a PriorityClass, or use one of system-cluster-critical, system-node-critical\n`,
		);
		const declared = "---\n{kind: PriorityClass, metadata: {name: midd}, value: 5}\n";
		appendFileSync(file, declared);
		expect((await checkExperiment(file)).plans).toHaveLength(1);
	});

	test("a workload without an end, with its place, and together with other mistakes", async () => {
		const file = experiment("", "1");
		const set = ["spec.workloads[0].template.spec.tolerationz=[]"];
		const endless = "workload 'w' never ends: give it count or until, or the experiment an end";
		const written = readFileSync(file, "utf8")
			.replace("      count: 3\n", "")
			.replace("at: 0s", "poisson: {ratePerSecond: 1}");
		writeFileSync(file, written);
		const refusal = await checkExperiment(file, { set }).catch((error: Error) => error.message);
		expect(
			String(refusal)
				.split("\n")
				.filter((line) => line.includes(" error ")),
		).toEqual([
			`${file}:7:7 error spec.workloads[0]: ${endless}`,
			"--set 1 error spec.workloads[0].template.spec.tolerationz: unknown key 'tolerationz'; did you mean 'tolerations'?",
		]);
		for (const end of ["spec.clock.end=1h", "spec.workloads[0].until=1h", "spec.workloads[0].count=5"])
			expect((await checkExperiment(file, { set: [end] })).plans).toHaveLength(1);
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

	test("belong to one experiment file, edited or moved, and to no other", async () => {
		const results = join(folder, "results");
		const [mine, other] = [join(folder, "mine.yaml"), join(folder, "other.yaml")];
		await makeFolder(results);
		for (const file of [mine, other]) writeFileSync(file, "a");
		await refuseForeign(results, mine);
		await markFolder(results, mine);
		expect(readFileSync(join(results, "experiment.json"), "utf8")).toBe('{"file":"../mine.yaml"}\n');
		writeFileSync(mine, "b");
		await refuseForeign(results, join(folder, ".", "mine.yaml"));
		await expect(refuseForeign(results, other)).rejects.toThrow(
			`'${results}' holds the results of another experiment file, ${relative(".", mine)}: write these elsewhere with --output, or give one of the two another metadata.name`,
		);
		// Moved: nothing is left that it could be confused with.
		rmSync(mine);
		await refuseForeign(results, other);
		writeFileSync(join(results, "experiment.json"), "{");
		await expect(refuseForeign(results, other)).rejects.toThrow(
			`'${join(results, "experiment.json")}' is not what cellsim wrote there: remove it, or choose another folder with --output`,
		);
	});

	test.skipIf(process.platform !== "linux")("that cannot be made are told at once (Linux: /proc)", async () => {
		const refused = "cannot write to '/proc/x/y': no folder can be made there; choose another folder with --output";
		await expect(makeFolder("/proc/x/y")).rejects.toThrow(refused);
	});
});
