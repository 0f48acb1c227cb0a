/** Gangs and quotas that lend: `experiments/kubernetes/gangs.yaml` and `quotas.yaml`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { specOf } from "../../src/experiment/registries.js";
import { explainPod, pendingPods } from "../../src/experiment/results/explain.js";
import { runRules } from "../../src/experiment/rules.js";
import { runFolder } from "../scenarios/run-folder.js";
import { planOf } from "../scenarios/scenario.js";

const EXPERIMENTS = fileURLToPath(new URL("../../experiments/kubernetes", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "cellsim-groups-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The folders of both runs: the default scheduler's, and that of the plugin. */
async function run(name: string): Promise<readonly [string, string]> {
	const { plans } = await prepareExperiment(join(EXPERIMENTS, name));
	const [first, second] = plans;
	return [await runFolder(first!, folder), await runFolder(second!, folder)];
}

test("two gangs that each got half of the cluster: Coscheduling gives one of them all of it", async () => {
	const [byDefault, together] = await run("gangs.yaml");
	const counts = async (ran: string, group: string) => {
		const { placed, pending } = await pendingPods(ran, group);
		return [placed, pending];
	};
	expect([await counts(byDefault, "alpha"), await counts(byDefault, "beta")]).toEqual([
		[4, 4],
		[4, 4],
	]);
	expect(await counts(together, "beta")).toEqual([0, 8]);
	await expect(counts(together, "alpha")).rejects.toThrow(
		"no pod whose name begins with 'alpha' is pending at the end of this run (8 got a node)",
	);
	// All eight at the instant at which the last of them came.
	const { history, kubernetes } = await explainPod(together, "alpha-0-0");
	expect(history.find(({ what }) => what === "bound")).toMatchObject({ timeUs: 7_000_000 });
	expect(kubernetes.map(({ timeUs, message, chosen }) => [timeUs / 1e6, chosen, message])).toEqual([
		[
			0,
			null,
			expect.stringContaining("cannot find enough sibling pods, current pods number: 1, minMember of group: 8."),
		],
		[7, "gpu-0", "it waits on the node for the rest of pod group default/alpha"],
	]);
});

describe("a quota that is borrowed and taken back", () => {
	test("by default team-b waits for an hour", async () => {
		const [byDefault] = await run("quotas.yaml");
		const { history } = await explainPod(byDefault, "b-1-0");
		expect(history.find(({ what }) => what === "bound")).toMatchObject({ timeUs: 3_601_000_000 });
	});

	test("with quotas it does not wait, and team-a gets back what it had borrowed", async () => {
		const [, shared] = await run("quotas.yaml");
		const bound = async (pod: string) => {
			const { history } = await explainPod(shared, pod);
			return history.filter(({ what }) => what === "bound").map(({ timeUs }) => timeUs / 60e6);
		};
		// Minutes. Both pods of team-b at once; the third of team-a is stopped for the second of them.
		expect([await bound("b-0-0"), await bound("b-1-0")]).toEqual([[1], [1]]);
		const { history } = await explainPod(shared, "a-2-0");
		expect(history.map(({ what, timeUs }) => `${timeUs / 60e6} ${what}`)).toContain("1 requeued");
		// team-b is done after ten minutes: the fourth pod, which had not fitted the max, goes first, then the third.
		expect([await bound("a-3-0"), (await bound("a-2-0")).slice(1)]).toEqual([[11], [60]]);
	});
});

test("a Workload of the file, and pods that name it: GangScheduling waits for all of them", async () => {
	const profiles = "[{plugins: {multiPoint: {enabled: [{name: GangScheduling}]}}}]";
	const configuration = `{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: ${profiles}}`;
	const text = (queue: string) => `clock: {end: 1m}
cluster:
  nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "4"}}}}]
workloads:
  - name: a
    arrival: {deterministic: {every: 2s}}
    count: 3
    template: {spec: {containers: [{name: c}], workloadRef: {name: w, podGroup: workers}}}
    sim: {duration: forever}
scheduling: {architecture: monolithic, schedulers: [{scheduler: {name: kube-scheduler, configuration: ${configuration}}}]${queue}}`;
	const workload = `---
kind: Workload
apiVersion: scheduling.k8s.io/v1alpha1
metadata: {name: w}
spec: {podGroups: [{name: workers, policy: {gang: {minCount: 3}}}]}
`;
	const indented = text(", queue: {discipline: kubernetes}").replace(/^/gm, "  ");
	const file = join(folder, "gang.yaml");
	writeFileSync(
		file,
		`apiVersion: cellsim/v1alpha1\nkind: Experiment\nmetadata: {name: gang}\nspec:\n${indented}\n${workload}`,
	);
	const { plans } = await prepareExperiment(file);
	const ran = await runFolder(plans[0]!, folder);
	const bound = async (pod: string) =>
		(await explainPod(ran, pod)).history.flatMap(({ what, timeUs }) => (what === "bound" ? timeUs / 1e6 : []));
	expect([await bound("a-0-0"), await bound("a-1-0"), await bound("a-2-0")]).toEqual([[4], [4], [4]]);

	const { document } = planOf(text(""));
	expect(runRules([])(document, specOf(document)).map(({ message }) => message)).toEqual([
		"GangScheduling needs the queue of kube-scheduler: write queue: {discipline: kubernetes}",
	]);
});

test("Coscheduling without the queue that it sorts is refused, and so is a cell filled by gangs", () => {
	const profiles = "[{plugins: {multiPoint: {enabled: [{name: Coscheduling}], disabled: [{name: PrioritySort}]}}}]";
	const scheduler = `{name: kube-scheduler, configuration: {apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: ${profiles}}}`;
	const spec = (placement: string, queue: string) => `clock: {end: 1m}
cluster:
  nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "4"}}}}]
${placement}
workloads: [{name: w, arrival: {at: 0s}, count: 1, template: {spec: {containers: [{name: c}]}}, sim: {duration: 1s}}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: ${scheduler}}]${queue}}`;
	const mistakes = (text: string) => {
		const { document } = planOf(text);
		return runRules([])(document, specOf(document)).map(({ path, message }) => `${path.join(".")}: ${message}`);
	};
	expect(mistakes(spec("", ", queue: {discipline: kubernetes}"))).toEqual([]);
	expect(mistakes(spec("", ""))).toEqual([
		"spec.scheduling.schedulers.0.scheduler: Coscheduling needs the queue of kube-scheduler: write queue: {discipline: kubernetes}",
	]);
	const prefill = `  prefill: {fraction: 0.5, workloads: [{name: w}], placement: ${scheduler}}`;
	expect(mistakes(spec(prefill, ", queue: {discipline: kubernetes}"))).toEqual([
		"spec.cluster.prefill.placement: a cell cannot be filled by groups of pods that wait for each other: leave Coscheduling out here",
	]);
});
