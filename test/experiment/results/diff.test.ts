import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { prepareExperiment } from "../../../src/experiment/prepare.js";
import { diffRuns } from "../../../src/experiment/results/diff.js";
import type { RunManifest } from "../../../src/experiment/results/manifest.js";
import { runFolder } from "../../scenarios/run-folder.js";
import { jobs, planOf, THREE_NODES } from "../../scenarios/scenario.js";

const root = mkdtempSync(join(tmpdir(), "cellsim-diff-"));
afterAll(() => rmSync(root, { recursive: true }));

const spec = ({ policy = "first-fit", count = 3, seed = 1 } = {}) => `
seeds: [${seed}]
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "1", duration: "30s", arrival: "deterministic: {every: 5s}", count })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: ${policy}}]}
`;
const run = (options: Parameters<typeof spec>[0] = {}) => runFolder(planOf(spec(options)), root);

/** A copy of a run's folder with another manifest. */
function withManifest(folder: string, edit: (manifest: RunManifest) => object): string {
	const copy = mkdtempSync(join(root, "edited-"));
	const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as RunManifest;
	writeFileSync(join(copy, "manifest.json"), JSON.stringify({ ...manifest, ...edit(manifest) }));
	return copy;
}

test("a run is identical to itself, and comes out again as its manifest says", async () => {
	const folder = await run();
	// Three arrivals, three wakes, three ends on n-0 at 30, 35 and 40 s.
	expect(await diffRuns(folder, folder, { context: 5 })).toEqual({
		events: 9,
		parting: null,
		moves: { pods: 3, moved: [] },
		manifests: [],
		warnings: [],
		faults: [],
	});
});

test("two policies part where they choose different nodes", async () => {
	// Both put batch-0 on n-0; first-fit puts batch-1 beside it, worst-fit on the emptier n-1. Common are three nodes added, two
	// arrivals of a line each, the first wake with three lines after its own, and the line of the wake in which they part.
	const { parting, manifests } = await diffRuns(await run(), await run({ policy: "worst-fit" }), { context: 2 });
	expect(manifests).toEqual([
		{ what: "spec.scheduling.schedulers[0].scheduler", left: "first-fit", right: "worst-fit" },
	]);
	expect(parting).toEqual({
		events: 3,
		lines: 10,
		before: ["5s job-arrival batch-1", "5s scheduler-wake main"],
		left: ["5s bind batch-1-0 -> n-0", "5s start batch-1-0", "5s attempt main batch-1 placed 1/1"],
		right: ["5s bind batch-1-0 -> n-1", "5s start batch-1-0", "5s attempt main batch-1 placed 1/1"],
		decisions: [expect.anything(), expect.anything()],
	});
});

describe("both decisions at which they part are explained, each with the node of the other", () => {
	const decisions = async (left: string, right: string) => {
		const { parting } = await diffRuns(await run({ policy: left }), await run({ policy: right }), { context: 0 });
		return parting!.decisions!;
	};

	test("by filters alone, and by scores", async () => {
		// batch-0 has one of the four CPUs of n-0: 25 % taken there is 75 for worst-fit without the pod, and half with it.
		const [left, right] = await decisions("first-fit", "worst-fit");
		const about = { pod: "batch-1-0", scheduler: "main", beginUs: 5e6, kubernetes: null };
		expect(left).toMatchObject({ ...about, chosen: "n-0" });
		expect(right).toMatchObject({ ...about, chosen: "n-1" });
		for (const { opinions } of [left, right]) {
			expect(opinions.map(({ node, rejectedBy }) => [node, rejectedBy])).toEqual([
				["n-0", null],
				["n-1", null],
			]);
			const [full, empty] = opinions;
			expect(empty!.free["cpu"]! - full!.free["cpu"]!).toBe(1000);
		}
		expect(left.opinions.map(({ total }) => total)).toEqual([null, null]);
		const [ours, theirs] = right.opinions;
		expect(theirs!.total).toBeGreaterThan(ours!.total!);
		expect(theirs!.scores).toEqual([{ plugin: "worst-fit", weight: 1, score: theirs!.total }]);
	});

	test("by all that kube-scheduler found out", async () => {
		const [left, right] = await decisions("first-fit", "kube-scheduler");
		expect(left.kubernetes).toBeNull();
		expect(right.kubernetes).toMatchObject({ timeUs: right.beginUs, chosen: right.chosen, nodes: 3, feasible: 3 });
		expect(right.kubernetes!.verdicts.map(({ node }) => node)).toHaveLength(3);
	});

	test("not where they part at something else", async () => {
		const { parting } = await diffRuns(await run({ count: 2 }), await run({ count: 3 }), { context: 0 });
		expect(parting!.decisions).toBeNull();
	});
});

test("a run that ends earlier parts from one that goes on", async () => {
	const { parting, manifests } = await diffRuns(await run({ count: 2 }), await run({ count: 1 }), { context: 0 });
	expect(manifests).toEqual([{ what: "spec.workloads[0].count", left: "2", right: "1" }]);
	expect(parting).toMatchObject({ before: [], left: ["5s job-arrival batch-1"], right: ["30s node-due n-0"] });
	const shorter = await diffRuns(await run({ count: 1 }), await run({ count: 0 }), { context: 1 });
	expect(shorter.parting).toEqual({
		events: 0,
		lines: 3,
		before: ["0s node-added n-2"],
		left: ["0s job-arrival batch-0", "0s scheduler-wake main"],
		right: [],
		decisions: null,
	});
});

test("runs that differ in the seed only may still be identical", async () => {
	const { parting, manifests } = await diffRuns(await run({ seed: 1 }), await run({ seed: 2 }), { context: 5 });
	expect({ parting, manifests }).toEqual({ parting: null, manifests: [{ what: "seed", left: "1", right: "2" }] });
});

test("a digest that is not reached again is a fault", async () => {
	const folder = await run();
	const { digest } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as RunManifest;
	const edited = withManifest(folder, () => ({ digest: "0123456789abcdef" }));
	const { parting, faults } = await diffRuns(folder, edited, { context: 5 });
	expect({ parting, faults }).toEqual({
		parting: null,
		faults: [`'${edited}' made again has digest ${digest} after 9 events; its manifest says 0123456789abcdef after 9`],
	});
});

test("other code than the run's is a warning, and shows among the differences", async () => {
	const folder = await run();
	const edited = withManifest(folder, ({ versions }) => ({ versions: { ...versions, code: "ffff0000ffff0000" } }));
	const { warnings, manifests } = await diffRuns(folder, edited, { context: 5 });
	expect(warnings).toHaveLength(1);
	expect(warnings[0]).toContain(`'${edited}' was made by cellsim 0.1.0 (code ffff0000, Node.js ${process.version})`);
	expect(manifests.map(({ what }) => what)).toEqual(["versions.code"]);
});

describe("what the run read", () => {
	/** The run of an experiment on disk that reads a trace and a scheduler file beside it. */
	async function runOfFiles(): Promise<{ folder: string; run: string }> {
		const folder = mkdtempSync(join(root, "files-"));
		for (const name of ["nodes.csv", "pods.csv"]) {
			copyFileSync(new URL(`../../fixtures/openb/${name}`, import.meta.url), join(folder, name));
		}
		const decide =
			"decide: (pods, snapshot) => ({ placements: pods.map((pod) => snapshot.assume(pod, 1)), unplaced: [] })";
		writeFileSync(
			join(folder, "mine.js"),
			`export default { name: "mine", summary: "Everything on the second node.", create: () => ({ ${decide} }) };`,
		);
		writeFileSync(
			join(folder, "experiment.yaml"),
			`apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: files}
spec:
  cluster: {source: {format: openb, nodes: nodes.csv}}
  workloads: [{name: pods, source: {format: openb, pods: pods.csv, maxPods: 2}}]
  scheduling: {architecture: monolithic, schedulers: [{scheduler: ./mine.js}]}
  clock: {end: 1h}
`,
		);
		const { plans } = await prepareExperiment(join(folder, "experiment.yaml"));
		return { folder, run: await runFolder(plans[0]!, folder) };
	}

	test("unchanged: the run is made again", async () => {
		const { run } = await runOfFiles();
		expect(await diffRuns(run, run, { context: 5 })).toMatchObject({ parting: null, faults: [] });
	});

	test.each([
		["pods.csv", "input"],
		["mine.js", "scheduler"],
	])("%s changed or gone: it cannot be", async (name, what) => {
		const { folder, run } = await runOfFiles();
		const file = join(folder, name);
		writeFileSync(file, readFileSync(file, "utf8").replace("500", "501").replace("snapshot.assume(pod, 1)", "null"));
		await expect(diffRuns(run, run, { context: 5 })).rejects.toThrow(
			new RegExp(
				`^'${run}' cannot be made again: its ${what} '${file}' has changed \\(SHA-256 [0-9a-f]{12}\\.\\.\\. then, [0-9a-f]{12}\\.\\.\\. now\\); put it back, or run it again$`,
			),
		);
		rmSync(file);
		await expect(diffRuns(run, run, { context: 5 })).rejects.toThrow(
			`'${run}' cannot be made again: its ${what} '${file}' is gone; put it back, or run it again`,
		);
	});

	test("no manifest: not a run", async () => {
		await expect(diffRuns(root, root, { context: 5 })).rejects.toThrow(
			`'${root}' is not the folder of a finished run: it has no manifest.json`,
		);
	});
});
