/** KubeSchedulerConfiguration in a file of its own, or in the experiment. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { textOf } from "../../src/experiment/failure.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { InputError } from "../../src/objects/input-error.js";
import { valueAt } from "../../src/objects/plain-data.js";

const folder = mkdtempSync(join(tmpdir(), "cellsim-configuration-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "conf"));

const HEAD = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

/** Prepares an experiment whose scheduler has this configuration. */
function prepare(configuration: string, strategy = "{}") {
	const text = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: e}
spec:
  strategy: ${strategy}
  cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "4"}}}}]}
  scheduling:
    architecture: monolithic
    schedulers:
      - scheduler:
          name: kube-scheduler
          configuration: ${configuration}
---
{kind: Pod, metadata: {name: p}, spec: {containers: [{}]}}
`;
	writeFileSync(join(folder, "e.yaml"), text);
	return prepareExperiment(join(folder, "e.yaml"));
}

/** The mistakes in the configuration file, a line each. */
async function mistakesIn(text: string): Promise<string> {
	writeFileSync(join(folder, "conf/s.yaml"), text);
	const error = await prepare("conf/s.yaml").catch((error: unknown) => error);
	if (!(error instanceof InputError)) throw error;
	const { file, line, column } = error.position!;
	return `${file}:${line}:${column} ${textOf(error)}`.replaceAll(`${folder}/`, "");
}

describe("a file beside the experiment", () => {
	test("takes the place of its name in the document of each run", async () => {
		writeFileSync(
			join(folder, "conf/a.yaml"),
			`${HEAD}profiles:\n  - {schedulerName: one}\n  - {schedulerName: two}\n`,
		);
		writeFileSync(
			join(folder, "conf/b.json"),
			JSON.stringify({
				...{ apiVersion: "kubescheduler.config.k8s.io/v1" },
				kind: "KubeSchedulerConfiguration",
				percentageOfNodesToScore: 100,
			}),
		);
		const { plans } = await prepare("${{ matrix.c }}", "{matrix: {c: [conf/a.yaml, conf/b.json]}}");
		const path = ["spec", "scheduling", "schedulers", 0, "scheduler", "configuration"];
		expect(plans.map(({ label, document }) => [label, valueAt(document, path)])).toEqual([
			[
				"c=conf/a.yaml",
				{
					apiVersion: "kubescheduler.config.k8s.io/v1",
					kind: "KubeSchedulerConfiguration",
					profiles: [{ schedulerName: "one" }, { schedulerName: "two" }],
				},
			],
			[
				"c=conf/b.json",
				{
					apiVersion: "kubescheduler.config.k8s.io/v1",
					kind: "KubeSchedulerConfiguration",
					percentageOfNodesToScore: 100,
				},
			],
		]);
	});

	test("that is not there, or holds more than one document", async () => {
		await expect(prepare("conf/none.yaml")).rejects.toThrow(
			`cannot read '${folder}/conf/none.yaml': no such file; relative paths start at the folder of the experiment file, or else at the working directory`,
		);
		expect(await mistakesIn(`${HEAD}---\n${HEAD}`)).toBe(
			"conf/s.yaml:4:1 'conf/s.yaml' holds 2 documents, and one KubeSchedulerConfiguration is wanted",
		);
	});

	test("tells all its mistakes, each with its place", async () => {
		const text = `${HEAD}profiles:
  - schedulerName: one
    plugins:
      multiPoint:
        enabled: [{name: NodeResourceFit}]
    pluginConfig:
      - {name: NodeResourcesFit, args: {scoringStrategy: {type: MostAlocated}}}
      - {name: InterPodAffinity, args: {hardPodAffinityWight: 5}}
      - name: PodTopologySpread
        args: {defaultingType: List, defaultConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}
      - name: NodeAffinity
        args:
          addedAffinity:
            preferredDuringSchedulingIgnoredDuringExecution:
              - {weight: 101, preference: {matchExpressions: [{key: a, operator: Gt, values: ["1", "2"]}]}}
  - schedulerName: one
`;
		expect(await mistakesIn(text)).toBe(
			[
				"conf/s.yaml:7:26 profiles[0].plugins.multiPoint.enabled[0].name: there is no plugin 'NodeResourceFit'; did you mean 'NodeResourcesFit'?",
				"conf/s.yaml:9:65 error profiles[0].pluginConfig[0].args.scoringStrategy.type: expected LeastAllocated, MostAllocated or RequestedToCapacityRatio, got 'MostAlocated'; did you mean 'MostAllocated'?",
				"conf/s.yaml:10:41 error profiles[0].pluginConfig[1].args.hardPodAffinityWight: unknown key 'hardPodAffinityWight'; did you mean 'hardPodAffinityWeight'?",
				"conf/s.yaml:12:69 error profiles[0].pluginConfig[2].args.defaultConstraints[0].maxSkew: must be at least 1: how many more matching pods one domain may have than another",
				"conf/s.yaml:17:26 error profiles[0].pluginConfig[3].args.addedAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: must be at most 100, got 101",
				"conf/s.yaml:17:94 error profiles[0].pluginConfig[3].args.addedAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Gt needs exactly one value, got 2",
			].join("\n"),
		);
	});
});

describe("in the experiment", () => {
	test("its mistakes have the places of the experiment file", async () => {
		const refusal = await prepare(
			"{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: [{schedulerName: a}, {schedulerName: a}]}",
		).catch((error: Error) => error.message.replaceAll(`${folder}/`, ""));
		expect(String(refusal).split("\n")[0]).toBe(
			"e.yaml:12:152 error spec.scheduling.schedulers[0].scheduler.configuration.profiles[1].schedulerName: there is a profile for 'a' already",
		);
	});
});
