/** What people ask about a cluster of theirs, answered from a dump of it: `experiments/kubernetes`. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { explainPod, pendingPods } from "../../src/experiment/results/explain.js";
import { movedPods } from "../../src/experiment/results/moved-pods.js";
import { runFolder } from "../scenarios/run-folder.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCRIPT = join(ROOT, "workloads/kubernetes/make-dump.mjs");
const SAMPLES = join(ROOT, "../shared/reference/traces/kubernetes");

const folder = mkdtempSync(join(tmpdir(), "cellsim-journeys-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs every run of an experiment; their folders. */
async function run(name: string, set: readonly string[] = []): Promise<readonly string[]> {
	const { plans } = await prepareExperiment(join(ROOT, "experiments/kubernetes", name), { set });
	const folders: string[] = [];
	for (const plan of plans) folders.push(await runFolder(plan, folder));
	return folders;
}

describe("the script that makes dumps", () => {
	const make = (...args: string[]) =>
		execFileSync(process.execPath, [SCRIPT, ...args], { encoding: "utf8", maxBuffer: 1e9 });

	test("made the one in the repository", () => {
		const file = join(ROOT, "workloads/kubernetes/cluster-20.json");
		const hint =
			"node workloads/kubernetes/make-dump.mjs --nodes 20 --objects --format json -o workloads/kubernetes/cluster-20.json";
		const same = make("--nodes", "20", "--objects", "--format", "json") === readFileSync(file, "utf8");
		expect(same, `cluster-20.json is not what the script writes; run ${hint}`).toBe(true);
	});

	test("writes nodes and pods only, unless told otherwise, as YAML", async () => {
		writeFileSync(join(folder, "dump.yaml"), make("--nodes", "12"));
		const [first] = await run("capacity.yaml", [`spec.params.dump=${folder}/dump.yaml`, "spec.params.most=200"]);
		const { placed, pending } = await pendingPods(first!, "more");
		expect(placed + pending).toBe(200);
	});
});

describe("how many more of these pods fit", () => {
	let ran = "";
	beforeAll(async () => {
		[ran = ""] = await run("capacity.yaml");
	});

	test("as many as came before the first no, and the same no meets all others", async () => {
		const { placed, pending, first } = await pendingPods(ran, "more");
		expect([placed, pending]).toEqual([14, 486]);
		const { pod, kubernetes } = await explainPod(ran, String(first));
		expect(pod).toMatchObject({ name: "more-14-0", outcome: "pending", attempts: 1 });
		expect(kubernetes).toHaveLength(1);
		const { message, wakes, nodes, feasible, verdicts } = kubernetes[0]!;
		expect([nodes, feasible, verdicts.length]).toEqual([20, 0, 20]);
		// 2 + 4 + 6 + 8 = 20 nodes; those with a taint would not take the pod however empty.
		expect(message).toBe(
			"0/20 nodes are available: 2 Insufficient memory, 4 node(s) had untolerated taint(s), 6 node(s) didn't match pod topology spread constraints, 8 Insufficient cpu. no new claims to deallocate, preemption: 0/20 nodes are available: 16 No preemption victims found for incoming pod, 4 Preemption is not helpful for scheduling.",
		);
		expect(wakes).toEqual([
			{
				plugin: "NodeResourcesFit",
				changes: "any pod ends or asks for less, or a node comes or grows to offer cpu 2, memory 4Gi when empty",
			},
			{
				plugin: "PodTopologySpread",
				changes: "a pod that its constraints count comes to a node or ends, or a node comes, goes or is relabelled",
			},
			{
				plugin: "TaintToleration",
				changes: "a node comes, or loses taints, so that the pod tolerates the rest; or the pod tolerates more",
			},
		]);
	});

	test("the last that fitted: scores add up to the total, and the highest won", async () => {
		const { kubernetes, history } = await explainPod(ran, "more-13-0");
		const { chosen, verdicts, weights, message } = kubernetes[0]!;
		expect(message).toBe(null);
		expect(history.find(({ what }) => what === "bound")).toMatchObject({ detail: `to ${chosen}` });
		const feasible = verdicts.filter(({ rejectedBy }) => rejectedBy === null);
		expect(feasible[0]!.node).toBe(chosen);
		for (const { total, scores } of feasible) {
			if (total === null) continue;
			const parts = Object.entries(scores).map(([plugin, { normalized, weighted }]) => {
				expect(weighted).toBe(weights[plugin]! * normalized);
				return weighted;
			});
			expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
			expect(total).toBeLessThanOrEqual(feasible[0]!.total!);
		}
	});

	test("no pod is pending of those whose names begin with something else", async () => {
		await expect(pendingPods(ran, "kube-system/")).rejects.toThrow(
			"no pod whose name begins with 'kube-system/' is pending at the end of this run (20 got a node)",
		);
	});
});

describe("what would change with another scheduler configuration", () => {
	test("pods that may go anywhere land elsewhere, daemons and what nothing fits do not", async () => {
		const [spread, pack] = await run("what-if.yaml");
		const { pods, moved } = (await movedPods(spread!, pack!))!;
		expect(pods).toBe(159);
		expect(moved.length).toBeGreaterThan(60);
		const daemons = moved.filter(({ pod }) => /^(kube-system|monitoring|logging)\//.test(pod));
		expect(daemons).toEqual([]);
		// The same pods wait, in both for the same number of reasons.
		const waiting = [await pendingPods(spread!, ""), await pendingPods(pack!, "")];
		expect(waiting[0]).toEqual(waiting[1]);
	});
});

describe.skipIf(!existsSync(SAMPLES))("the samples of ../shared/reference/traces/kubernetes", () => {
	test("two machines with GPUs, in no zone: not one pod more", async () => {
		const [ran] = await run("capacity.yaml", [`spec.params.dump=${SAMPLES}/simon`, "spec.params.most=100"]);
		// Neither node is in any zone, and the pods want to be spread over zones.
		const { placed, first } = await pendingPods(ran!, "more");
		expect(placed).toBe(0);
		expect((await explainPod(ran!, String(first))).kubernetes[0]!.message).toMatch(/^0\/2 nodes are available: /);
	});

	test("what kubectl prints, nodes and pods in two files", async () => {
		const files = ["nodes", "pods"].map((list) => `${SAMPLES}/synthetic/kubectl-get-${list}.json`);
		const folders = await run("what-if.yaml", [
			`spec.params.dump=${files[0]}`,
			`spec.workloads[0].source.path=${files[1]}`,
		]);
		expect(await movedPods(folders[0]!, folders[1]!)).toEqual({ pods: 2, moved: [] });
	});
});
