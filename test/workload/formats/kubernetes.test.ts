import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { textOf } from "../../../src/experiment/failure.js";
import type { InputError } from "../../../src/objects/input-error.js";
import { ImportReport, type JobArrival, type OpenedTrace } from "../../../src/workload/arrivals.js";
import { kubernetesFormat, kubernetesParams } from "../../../src/workload/formats/kubernetes.js";

const FIXTURES = fileURLToPath(new URL("../../fixtures/kubernetes", import.meta.url));

const open = (params: object, baseDir = FIXTURES) =>
	kubernetesFormat.create(kubernetesParams.parse(params), { baseDirs: [baseDir] });

async function jobsOf(trace: OpenedTrace, report = new ImportReport()): Promise<readonly JobArrival[]> {
	const jobs: JobArrival[] = [];
	for await (const batch of trace.jobs(report)) jobs.push(...batch);
	return jobs;
}

describe("a folder of manifests", () => {
	test("nodes come in file order", async () => {
		const trace = open({ path: "." });
		expect(trace.files).toEqual([join(FIXTURES, "cluster.yaml"), join(FIXTURES, "pods.json")]);
		const nodes = await trace.nodes(new ImportReport());
		expect(nodes.map(({ name, allocatable, taints }) => ({ name, allocatable, taints: taints.length }))).toEqual([
			{ name: "a", allocatable: { cpu: 4000, memory: 8 * 2 ** 30 }, taints: 0 },
			{ name: "b", allocatable: { cpu: 8000, memory: 16 * 2 ** 30, pods: 20 }, taints: 1 },
		]);
	});

	test("pods come in order of creation, each a job; times count from the first creation", async () => {
		const jobs = await jobsOf(open({ path: "." }));
		expect(
			jobs.map(({ timeUs, name, pods }) => {
				const { durationUs, exit, censored, observedStartUs, spec } = pods[0]!;
				return [name, timeUs, durationUs, exit, censored, observedStartUs, spec.facts.priority];
			}),
		).toEqual([
			// 33 s - 3 s of its container; the class batch holds by default
			["shop/done", 0, 30_000_000, "succeeded", false, 1_000_000, 50],
			["shop/written-by-hand", 0, Infinity, "succeeded", false, Number.NaN, 50],
			["shop/late", 60_000_000, Infinity, "succeeded", true, 62_500_000, 50],
			["default/late", 60_000_000, 0, "failed", true, Number.NaN, 7],
		]);
		expect(jobs.every((job) => job.pods.length === 1 && job.pods[0]!.name === job.name && !job.gang)).toBe(true);
	});

	test("what could not be taken as it is gets counted, once a reading", async () => {
		const trace = open({ path: ["cluster.yaml", "pods.json"] });
		for (const report of [new ImportReport(), new ImportReport()]) {
			await trace.nodes(report);
			await jobsOf(trace, report);
			const pods = join(FIXTURES, "pods.json");
			expect(report.rows.map(({ rule, action, rows, example }) => [rule, action, rows, example])).toEqual([
				["apps/v1 Deployment: not simulated", "noted", 1, `${join(FIXTURES, "cluster.yaml")}: shop/web`],
				["not finished in the snapshot: runs for ever (durations.running)", "noted", 2, `${pods}: shop/late`],
				["bound in the snapshot: placed anew (placement: free)", "noted", 1, `${pods}: shop/late`],
				["spec.topologySpreadConstraints: only kube-scheduler acts on it", "noted", 1, `${pods}: shop/done`],
				["finished pod without times of its containers: runs 0 s", "repaired", 1, `${pods}: default/late`],
				["pod without creationTimestamp: arrives at 0", "repaired", 1, `${pods}: shop/written-by-hand`],
			]);
		}
	});

	test("pods still running take the duration asked for; bound pods are free unless pinned", async () => {
		const byName = (jobs: readonly JobArrival[]) => jobs.find(({ name }) => name === "shop/late")!.pods[0]!;
		const free = byName(await jobsOf(open({ path: "pods.json", durations: { running: "2h" } })));
		expect([free.durationUs, free.spec.facts.nodeName]).toEqual([7200e6, null]);
		const pinned = byName(await jobsOf(open({ path: "pods.json", placement: "pinned" })));
		expect([pinned.durationUs, pinned.spec.facts.nodeName]).toEqual([Infinity, "a"]);
	});
});

describe("a snapshot with other objects", () => {
	const NODES = `kind: List
items:
  - {kind: Node, metadata: {name: a}, status: {allocatable: {cpu: 2}}}
  - {kind: Node, metadata: {name: b}, status: {allocatable: {cpu: 2}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}}
status: {disruptionsAllowed: 1}
---
`;
	const pod = (name: string, spec: string, created: string, phase: string) =>
		`kind: Pod\nmetadata: {name: ${name}, namespace: shop, creationTimestamp: "2026-01-01T00:00:${created}Z"}\nspec: {${spec} containers: [{}]}\nstatus: {phase: ${phase}}\n---\n`;
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "cellsim-snapshot-"));
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	test("placement: bound begins with the cell as it was: bound pods on their nodes, the others arrive at 0", async () => {
		const pods = [
			pod("late", "nodeName: b,", "20", "Running"),
			pod("early", "nodeName: a,", "10", "Running"),
			pod("waits", "", "30", "Pending"),
			pod("done", "nodeName: a,", "05", "Succeeded"),
		];
		writeFileSync(join(folder, "all.yaml"), NODES + pods.join(""));
		const trace = open({ path: "all.yaml", placement: "bound" }, folder);
		const report = new ImportReport();
		const running = trace.running!(report).map(({ job, nodes, position }) => [
			job.name,
			nodes,
			position()?.line,
			job.pods[0]!.spec.facts.nodeName,
		]);
		expect(running).toEqual([
			["shop/early", ["a"], 24, null],
			["shop/late", ["b"], 19, null],
		]);
		const jobs = await jobsOf(trace, report);
		expect(jobs.map(({ name, timeUs }) => [name, timeUs])).toEqual([["shop/waits", 0]]);
		expect(report.rows.map(({ rule, action, rows }) => [rule, action, rows])).toEqual([
			["not finished in the snapshot: runs for ever (durations.running)", "noted", 3],
			["Service: only kube-scheduler looks at it", "noted", 1],
			["PodDisruptionBudget: only kube-scheduler looks at it", "noted", 1],
			["finished in the snapshot (placement: bound)", "dropped", 1],
		]);
		expect(trace.objects!().map(({ object, name }) => [object.kind, name])).toEqual([
			["Service", "shop/web"],
			["PodDisruptionBudget", "shop/web"],
		]);
	});

	test("a pod on a node that is not there, and one object twice", () => {
		writeFileSync(join(folder, "lost.yaml"), NODES + pod("p", "nodeName: bb,", "10", "Running"));
		const read = (name: string) => {
			try {
				return open({ path: name }, folder).objects!();
			} catch (error) {
				const { message, position } = error as InputError;
				return `${position?.line}:${position?.column} ${message.replaceAll(`${folder}/`, "")}`;
			}
		};
		expect(read("lost.yaml")).toBe(
			"19:18 Pod shop/p (document 4): spec.nodeName: there is no node 'bb'; did you mean 'b'?",
		);
		writeFileSync(join(folder, "lost.yaml"), NODES + pod("p", "nodeName: zone-7,", "10", "Running"));
		expect(read("lost.yaml")).toBe(
			"19:18 Pod shop/p (document 4): spec.nodeName: there is no node 'zone-7'; add the node, or take the pod out",
		);
		// Its node may have gone after it.
		writeFileSync(join(folder, "lost.yaml"), NODES + pod("p", "nodeName: zone-7,", "10", "Failed"));
		expect(read("lost.yaml")).toHaveLength(2);
		writeFileSync(join(folder, "lost.yaml"), NODES + NODES.replace(/items:[\s\S]*?---\n/, "items: []\n---\n"));
		expect(read("lost.yaml")).toBe(
			"22:18 Service 'shop/web' is declared twice: first at lost.yaml:8 (document 2), again here (document 5); rename one of them or take it out",
		);
	});
});

describe("parameters", () => {
	test("have defaults and a JSON Schema", () => {
		expect(kubernetesParams.parse({ path: "x" })).toEqual({
			path: "x",
			durations: { running: Infinity },
			placement: "free",
		});
		const json = z.toJSONSchema(kubernetesParams, { io: "input", target: "draft-7" });
		expect(json).toMatchObject({
			additionalProperties: false,
			required: ["path"],
			properties: { durations: { properties: { running: { type: "string", default: "forever" } } } },
		});
	});

	test("a bare number is no duration", () => {
		const issues = kubernetesParams.safeParse({ path: "x", durations: { running: 10 } }).error?.issues;
		expect(issues?.map(({ message }) => message)).toEqual([
			"'10' is a number without a unit: write 10s for seconds or 10m for minutes",
		]);
	});
});

describe("mistakes", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "cellsim-kubernetes-"));
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	/** Position and message of the error that reading a file with this text makes. */
	async function mistakeIn(text: string, name = "f.yaml") {
		writeFileSync(join(folder, name), text);
		const error = await open({ path: name }, folder)
			.nodes(new ImportReport())
			.then(
				() => null,
				(error) => error,
			);
		const { position } = error as { position: { file: string; line: number; column: number } };
		return `${position.file.slice(folder.length + 1)}:${position.line}:${position.column} ${error.name}: ${error.message.replaceAll(folder, "")}`;
	}

	test("a wrong value: file, line, column, object, field, value, what to write", async () => {
		const text = `apiVersion: v1
kind: Node
metadata: {name: a}
status: {allocatable: {cpu: 1}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: c
      resources:
        requests:
          cpu: 500mm
`;
		expect(await mistakeIn(text)).toBe(
			"f.yaml:16:16 InputError: Pod shop/web: spec.containers[0].resources.requests.cpu: '500mm' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3",
		);
	});

	test("in JSON too, below the items of a list", async () => {
		const text = `{"kind": "List", "items": [
  {"kind": "Node", "metadata": {"name": "a"}, "status": {"allocatable": {"cpu": 1}}},
  {"kind": "Node", "metadata": {"name": "b"}, "status": {"allocatable": {"cpus": 1}}}
]}`;
		expect(await mistakeIn(text, "f.json")).toBe(
			"f.json:3:74 InputError: Node b: status.allocatable.cpus: 'cpus' is not a resource: write cpu, memory, ephemeral-storage, hugepages-<size> or a name with a domain such as example.com/cpus",
		);
	});

	test("a missing field points at the parent", async () => {
		expect(await mistakeIn("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  nodeName: n\n")).toBe(
			"f.yaml:4:1 InputError: Pod p: spec: missing 'containers': a pod needs a list of containers",
		);
	});

	test("all mistakes of an object at once, each with its place", async () => {
		const text = "kind: Pod\nmetadata: {name: p}\nspec:\n  nodeName: 5\n  containers:\n  - {resources: {limts: {}}}\n";
		writeFileSync(join(folder, "f.yaml"), text);
		const error: InputError = await open({ path: "f.yaml" }, folder)
			.nodes(new ImportReport())
			.then(undefined, (error) => error);
		const [first, second] = [error, ...error.others];
		expect([first!.position?.line, second!.position?.line]).toEqual([6, 4]);
		expect(textOf(error).replaceAll(`${folder}/`, "")).toBe(
			"Pod p: spec.containers[0].resources.limts: unknown key 'limts'; did you mean 'limits'?\n" +
				"f.yaml:4:13 error Pod p: spec.nodeName: expected text, got 5",
		);
	});

	test("an unknown priority class", async () => {
		const text = "kind: Pod\nmetadata: {name: p}\nspec:\n  priorityClassName: gold\n  containers: [{}]\n";
		expect(await mistakeIn(text)).toBe(
			"f.yaml:4:22 InputError: Pod default/p: spec.priorityClassName: there is no priority class 'gold': declare a PriorityClass, or use one of system-cluster-critical, system-node-critical",
		);
	});

	test("one name twice", async () => {
		const node = (name: string) => `kind: Node\nmetadata:\n  name: ${name}\nstatus: {allocatable: {cpu: 1}}\n`;
		expect(await mistakeIn([node("a"), node("b"), node("a")].join("---\n"))).toBe(
			"f.yaml:13:9 InputError: Node 'a' is declared twice: first at /f.yaml:3 (document 1), again here (document 3); rename one of them or take it out",
		);
	});

	test("no Kubernetes object at all, and broken text", async () => {
		expect(await mistakeIn("cluster:\n  - a\n")).toBe(
			"f.yaml:1:1 InputError: document: a Kubernetes object needs a kind: write kind: Pod, Node or another",
		);
		expect(await mistakeIn('{"kind": "Node",\n "metadata": }}', "f.json")).toMatch(
			/^f\.json:2:\d+ InputError: not valid YAML or JSON: /,
		);
	});

	test("files that are not there", () => {
		expect(() => open({ path: "missing.yaml" }, folder)).toThrow(
			`cannot read '${join(folder, "missing.yaml")}': no such file`,
		);
		const empty = mkdtempSync(join(folder, "empty-"));
		expect(() => open({ path: empty }, folder)).toThrow(
			`'${empty}' holds no .json, .yaml or .yml file: name another folder, or a file`,
		);
	});
});

const SAMPLES = fileURLToPath(new URL("../../../../shared/reference/traces/kubernetes", import.meta.url));

describe.skipIf(!existsSync(SAMPLES))("samples of ../shared/reference/traces/kubernetes", () => {
	test("simon: GPU nodes and pods; its own configuration is only noted", async () => {
		const trace = open({ path: "simon" }, SAMPLES);
		const report = new ImportReport();
		const nodes = await trace.nodes(report);
		expect(nodes.map(({ name, gpu, allocatable }) => [name, gpu, allocatable])).toEqual([
			["pai-node-00", { count: 2, model: "V100" }, { cpu: 64_000, memory: 256_000 * 2 ** 20, pods: 110 }],
			["pai-node-01", { count: 4, model: "V100" }, { cpu: 64_000, memory: 256_000 * 2 ** 20, pods: 110 }],
		]);
		const jobs = await jobsOf(trace, report);
		expect(jobs.map(({ name, pods: [pod] }) => [name, pod!.spec.requests["cpu"], pod!.spec.gpu])).toEqual([
			["pai-gpu/gpu-pod-00", 4000, { count: 1, milli: 500, models: [] }],
			["pai-gpu/gpu-pod-01", 8000, null],
			["pai-gpu/gpu-pod-02", 12_000, { count: 2, milli: 1000, models: [] }],
		]);
		expect(report.rows.map(({ rule }) => rule)).toEqual([
			"simon/v1alpha1 Config: not simulated",
			"kubescheduler.config.k8s.io/v1beta1 KubeSchedulerConfiguration: not simulated",
			"pod without creationTimestamp: arrives at 0",
			"not finished in the snapshot: runs for ever (durations.running)",
			"pod without creationTimestamp: arrives at 0",
			"not finished in the snapshot: runs for ever (durations.running)",
			"pod without creationTimestamp: arrives at 0",
			"not finished in the snapshot: runs for ever (durations.running)",
		]);
	});

	test("kubectl get nodes and pods", async () => {
		const trace = open({ path: ["synthetic/kubectl-get-nodes.json", "synthetic/kubectl-get-pods.json"] }, SAMPLES);
		expect((await trace.nodes(new ImportReport()))[0]!.allocatable).toEqual({
			cpu: 7910,
			memory: 31 * 2 ** 30,
			pods: 110,
			"ephemeral-storage": 92e9,
			"nvidia.com/gpu": 2,
		});
		const [p1, p2] = await jobsOf(trace);
		// cpu: the init container's 2 cores, and 10m overhead
		expect(p1!.pods[0]!.spec.requests).toEqual({ cpu: 2010, memory: 1e9 });
		expect(p1!.pods[0]).toMatchObject({ durationUs: 600e6, observedStartUs: 1e6, censored: false });
		expect(p1!.pods[0]!.spec.facts).toMatchObject({ priority: 1000, className: "high" });
		expect([p2!.timeUs, p2!.pods[0]!.durationUs, p2!.pods[0]!.censored]).toEqual([10e6, Infinity, true]);
	});

	test("kwok: a pod manifest among other files", async () => {
		const jobs = await jobsOf(open({ path: "kwok/pod-pending.input.yaml", placement: "pinned" }, SAMPLES));
		expect(jobs.map(({ name, pods: [pod] }) => [name, pod!.spec.facts.nodeName])).toEqual([
			["default/pod-pending", "node"],
		]);
	});
});
