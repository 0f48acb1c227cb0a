/** Mistakes in what an experiment says of machines and of what runs on them: one message each, with its place, and nothing runs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkExperiment } from "../../src/experiment/check.js";
import { experimentText, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("bad-node-input");

interface Parts {
	readonly container?: string;
	readonly sim?: string;
	readonly node?: string;
}

function experiment({ container = "", sim = "", node = "machine: {}" }: Parts): string {
	const file = join(folder, "e.yaml");
	writeFileSync(
		file,
		experimentText(`
cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "4", memory: 8Gi}}}}]}
workloads:
  - name: w
    arrival: {at: 0s}
    count: 3
    template: {spec: {containers: [{name: c, image: app, ${container}}]}}
    sim: {duration: 1m, ${sim}}
node: {${node}}
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
`),
	);
	return file;
}

test("what is right is let through", async () => {
	const file = experiment({ container: "livenessProbe: {periodSeconds: 1}", sim: "limits: {cpu: 1}" });
	expect((await checkExperiment(file)).plans).toHaveLength(1);
});

const CONTAINER = "spec.workloads[0].template.spec.containers[0]";

test.each<[string, Parts, string]>([
	[
		"a limit below its request",
		{ container: "resources: {requests: {memory: 1Gi}, limits: {memory: 512Mi}}" },
		`10:114 error ${CONTAINER}.resources.limits.memory: the limit of memory (512Mi) is below its request (1Gi): raise the limit or lower the request`,
	],
	[
		"a factor that makes it so",
		{ sim: "limits: {memory: 0.5}" },
		"11:44 error spec.workloads[0].sim.limits.memory: must be at least 1, got 0.5",
	],
	[
		"a probe period of 0",
		{ container: "livenessProbe: {periodSeconds: 0}" },
		`10:91 error ${CONTAINER}.livenessProbe.periodSeconds: must be 1 or more seconds: leave it out for 10`,
	],
	[
		"a series that is not sorted",
		{ sim: "usage: {cpu: {demand: points, points: [[0s, 1], [10m, 2], [5m, 1]]}}" },
		"11:86 error spec.workloads[0].sim.usage.cpu.points[2][0]: the series is not sorted: each time must be later than the one before",
	],
	[
		"an image without a size",
		{ node: "machine: {images: {list: [{name: app}]}}" },
		"12:36 error spec.node.machine.images.list[0]: an image needs a size: give it size, or layers with sizes",
	],
	[
		"a policy that looks at what nobody measures",
		{ node: "overcommit: borg-reclamation" },
		"12:10 error spec.node.overcommit: overcommit policy 'borg-reclamation' looks at usage, which only machines in full have: add spec.node.machine ({} for the defaults)",
	],
	[
		"a policy that is not there",
		{ node: "machine: {}, overcommit: borg" },
		"12:35 error spec.node.overcommit: unknown overcommit policy 'borg': expected requests, limits, factor, borg-reclamation, peak-prediction",
	],
	[
		"a history that is shorter than the time between two samples",
		{ node: "machine: {}, overcommit: {policy: peak-prediction, history: 1m}" },
		"12:70 error spec.node.overcommit.history: history must be at least as long as the time between two reviews",
	],
])("%s", async (_, parts, complaint) => {
	const file = experiment(parts);
	await expect(checkExperiment(file)).rejects.toThrow(`${file}:${complaint}\n`);
});
