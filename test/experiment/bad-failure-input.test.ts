/** Mistakes in what an experiment says of failures and of allocs: one message each, with its place, and nothing runs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkExperiment } from "../../src/experiment/check.js";
import { experimentText, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("bad-failure-input");

interface Parts {
	readonly failures?: string;
	readonly clock?: string;
	readonly first?: string;
	readonly second?: string;
	readonly more?: string;
}

function experiment({ failures = "", clock = "end: 1h", first = "", second = "", more = "" }: Parts): string {
	const file = join(folder, "e.yaml");
	writeFileSync(
		file,
		experimentText(`
clock: {${clock}}
cluster: {nodeGroups: [{name: n, count: 2, template: {metadata: {labels: {rack: r}}, status: {allocatable: {cpu: "4", memory: 8Gi}}}}]}
workloads:
  - {name: a, arrival: {at: 0s}, count: 1, template: {spec: {containers: [{name: c, image: app}]}}, sim: {duration: 1m, ${first}}}
  - {name: b, arrival: {at: 0s}, count: 1, template: {spec: {containers: [{name: c, image: app}]}}, sim: {duration: 1m, ${second}}}
failures: {${failures}}
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
${more}
`),
	);
	return file;
}

test("what is right is let through", async () => {
	const file = experiment({
		failures:
			"machines: {timeBetween: {dist: exponential, mean: 30d}, repair: 1h}, domains: [{label: rack, timeBetween: 90d, repair: 2h}], maintenance: {period: 30d, duration: 20m}, limits: {nodes: 2, nodesByLabel: {rack: 1}, podsOfJob: 1, disruptionsOfJobPerDay: 3}, unreachable: {declareAfter: 1m, podsPerSecond: 0.5}, crashes: {timeBetween: 10d, byClass: {batch: 1d}}",
		first: "allocSet: web",
		second: "inAllocSet: web",
	});
	expect((await checkExperiment(file)).plans).toHaveLength(1);
});

test("crashes alone come to an end by themselves", async () => {
	const file = experiment({ failures: "crashes: {timeBetween: 1h}", clock: "" });
	expect((await checkExperiment(file)).plans).toHaveLength(1);
});

test.each<[string, Parts, string]>([
	[
		"machines that fail for ever in a run without an end",
		{ failures: "machines: {timeBetween: 1d, repair: 1h}", clock: "" },
		"10:3 error spec.failures: machines fail and are maintained for ever: give the experiment an end (clock.end)",
	],
	[
		"a repair that is missing",
		{ failures: "machines: {timeBetween: 1d}" },
		"10:14 error spec.failures.machines: missing 'repair': expected a duration such as 90s or 2h30m",
	],
	[
		"a limit of nobody",
		{ failures: "limits: {podsOfJob: 0}" },
		"10:34 error spec.failures.limits.podsOfJob: must be at least 1, got 0",
	],
	[
		"a rate of nothing",
		{ failures: "unreachable: {podsPerSecond: 0}" },
		"10:43 error spec.failures.unreachable.podsPerSecond: must be above 0, got 0",
	],
	[
		"a maintenance all the time",
		{ failures: "maintenance: {period: 0s, duration: 1m}" },
		"10:36 error spec.failures.maintenance.period: must be longer than 0s",
	],
	[
		"racks that there are not",
		{ failures: "domains: [{label: racks, timeBetween: 1d, repair: 1h}]" },
		"10:32 error spec.failures.domains[0].label: no node has the label 'racks'; did you mean 'rack'?",
	],
	[
		"a limit by a label that no node has",
		{ failures: "limits: {nodesByLabel: {power: 1}}" },
		"10:38 error spec.failures.limits.nodesByLabel.power: no node has the label 'power'",
	],
	[
		"an alloc set that nobody offers",
		{ first: "allocSet: web", second: "inAllocSet: wbe" },
		"9:135 error spec.workloads[1].sim.inAllocSet: no workload of this file offers allocs of a set 'wbe' (sim.allocSet); did you mean 'web'?",
	],
	[
		"an alloc in an alloc",
		{ first: "allocSet: web", second: "allocSet: top, inAllocSet: web" },
		"9:150 error spec.workloads[1].sim.inAllocSet: an alloc is on a machine, not in another alloc: write allocSet or inAllocSet",
	],
	[
		"an alloc of GPU devices",
		{ first: "allocSet: web, requests: {gpu: {count: 1}}" },
		"8:133 error spec.workloads[0].sim.allocSet: allocs have no GPU devices to offer: leave gpu out",
	],
	[
		"allocs on machines in full",
		{ first: "allocSet: web", more: "node: {machine: {}}" },
		"8:123 error spec.workloads[0].sim.allocSet: allocs are no machines in full: leave spec.node.machine out, or allocSet",
	],
])("%s is a mistake", async (_what, parts, message) => {
	const file = experiment(parts);
	await expect(checkExperiment(file)).rejects.toThrow(`${file}:${message}\n`);
});
