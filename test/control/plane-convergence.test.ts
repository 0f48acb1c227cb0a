import fc from "fast-check";
import { expect, test } from "vitest";
import { daemonSetController } from "../../src/control/controllers/daemon-set/daemon-set.js";
import { deploymentController } from "../../src/control/controllers/deployment/deployment.js";
import { disruptionController } from "../../src/control/controllers/disruption.js";
import { garbageCollector } from "../../src/control/controllers/garbage-collector.js";
import { jobController } from "../../src/control/controllers/job/job.js";
import { nodeLifecycleController } from "../../src/control/controllers/node-lifecycle/node-lifecycle.js";
import { podGcController } from "../../src/control/controllers/pod-gc.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import { statefulSetController } from "../../src/control/controllers/stateful-set/stateful-set.js";
import { taintEvictionController } from "../../src/control/controllers/taint-eviction.js";
import { Heartbeats } from "../../src/control/heartbeats.js";
import type { PodDisruptionBudget } from "../../src/control/kinds/pod-disruption-budget.js";
import { PLANE_COMPONENTS } from "../../src/control/plane-components.js";
import type { Pod, PodTemplate } from "../../src/control/pod.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";
import { WatchedBudgets } from "../support/watched-budgets.js";

const NODES = 5;
/** Longer than it takes to find a node lost, evict its pods after 300 s, and make others one by one. */
const SETTLES_SECONDS = 1500;

const template = (app: string, version: number) => ({
	metadata: { labels: { app } },
	spec: { containers: [{ name: "main", image: `${app}:${version}`, resources: { requests: { cpu: "100m" } } }] },
});

const KINDS = ["Deployment", "StatefulSet", "DaemonSet", "Job"] as const;
type Kind = (typeof KINDS)[number];
const appOf = (kind: Kind) => kind.toLowerCase();

/** As a user writes it. */
function manifest(kind: Kind, replicas: number, version: number) {
	const app = appOf(kind);
	const selector = { matchLabels: { app } };
	const metadata = { name: app };
	if (kind === "Job") {
		const written = template(app, version);
		const annotations = { "cellsim.io/run-time": "20s" };
		const pods = { metadata: { ...written.metadata, annotations }, spec: { ...written.spec, restartPolicy: "Never" } };
		return { kind, metadata, spec: { completions: replicas + 1, parallelism: 2, backoffLimit: 100, template: pods } };
	}
	const spec = { selector, template: template(app, version) };
	if (kind === "DaemonSet") return { kind, metadata, spec };
	const more = kind === "StatefulSet" ? { serviceName: app, podManagementPolicy: "Parallel" } : {};
	return { kind, metadata, spec: { ...spec, ...more, replicas } };
}

const kind = fc.constantFrom(...KINDS);
const scalable = fc.constantFrom<Kind>("Deployment", "StatefulSet");
const nodeNumber = fc.nat(NODES - 1);
const what = fc.oneof(
	fc.record({ what: fc.constant("apply" as const), kind, replicas: fc.nat(6), version: fc.nat(2) }),
	fc.record({ what: fc.constant("scale" as const), kind: scalable, replicas: fc.nat(8) }),
	fc.record({ what: fc.constant("update" as const), kind: scalable, version: fc.nat(2) }),
	fc.record({ what: fc.constant("delete" as const), kind }),
	fc.record({ what: fc.constant("delete pod" as const), which: fc.nat() }),
	fc.record({ what: fc.constant("lose node" as const), node: nodeNumber }),
	fc.record({ what: fc.constant("return node" as const), node: nodeNumber }),
	fc.record({ what: fc.constant("drain" as const), node: nodeNumber }),
	fc.record({ what: fc.constant("uncordon" as const), node: nodeNumber }),
	fc.record({ what: fc.constantFrom("lose plane" as const, "return plane" as const) }),
	fc.record({
		what: fc.constant("fail" as const),
		component: fc.constantFrom(...PLANE_COMPONENTS),
		replicas: fc.integer({ min: 1, max: 2 }),
		releases: fc.boolean(),
	}),
	fc.record({
		what: fc.constant("recover" as const),
		component: fc.constantFrom(...PLANE_COMPONENTS),
		replicas: fc.integer({ min: 1, max: 3 }),
	}),
);
type What = typeof what extends fc.Arbitrary<infer One> ? One : never;
/** Much happens while the last thing is not done yet. */
const pause = fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 90, noNaN: true }));
const story = fc.array(fc.record({ afterSeconds: pause, happens: what }), {
	maxLength: 25,
});

function perform({ plane, cell, pods }: TestPlane, { happens }: { readonly happens: What }): void {
	switch (happens.what) {
		case "apply":
			plane.create(manifest(happens.kind, happens.replicas, happens.version));
			return;
		case "scale":
			plane.patch(happens.kind, `default/${appOf(happens.kind)}`, { spec: { replicas: happens.replicas } });
			return;
		case "update": {
			const changed = { spec: { template: template(appOf(happens.kind), happens.version) } };
			plane.patch(happens.kind, `default/${appOf(happens.kind)}`, changed);
			return;
		}
		case "delete":
			plane.delete(happens.kind, `default/${appOf(happens.kind)}`);
			return;
		case "delete pod":
			if (pods.length > 0) plane.delete("Pod", `default/${pods[happens.which % pods.length]!.metadata.name}`);
			return;
		case "lose node":
			cell.setNodeSilent(happens.node as never, true);
			return;
		case "return node":
			cell.setNodeSilent(happens.node as never, false);
			return;
		case "drain":
			plane.drain(`node-${happens.node}`);
			return;
		case "uncordon":
			plane.patch("Node", `/node-${happens.node}`, { spec: { unschedulable: false } });
			return;
		case "lose plane":
			for (const component of PLANE_COMPONENTS) plane.fail(component);
			return;
		case "return plane":
			for (const component of PLANE_COMPONENTS) plane.recover(component);
			return;
		case "fail":
			plane.fail(happens.component, happens.replicas, happens.releases);
			return;
		case "recover":
			plane.recover(happens.component, happens.replicas);
	}
}

function newPlane(): TestPlane {
	const heartbeats = new Heartbeats();
	const random = new SeededRandomSource("1").stream("lifecycle");
	const test = new TestPlane({
		controllers: [
			deploymentController,
			replicaSetController,
			statefulSetController,
			daemonSetController,
			jobController,
			disruptionController,
			nodeLifecycleController({ heartbeats, random }),
			taintEvictionController,
			podGcController(),
			garbageCollector,
		],
		nodes: Array.from({ length: NODES }, (_, n) => node(`node-${n}`, { cpu: 4000 })),
		heartbeats,
		replicas: { apiServers: 2, stores: 3, controllerManagers: 2, schedulers: 2 },
	});
	for (const [kind, budget] of [
		["Deployment", { maxUnavailable: 1 }],
		["StatefulSet", { minAvailable: "60%" }],
	] as const)
		test.create({
			kind: "PodDisruptionBudget",
			metadata: { name: appOf(kind) },
			spec: { selector: { matchLabels: { app: appOf(kind) } }, ...budget },
		});
	for (const one of KINDS) test.create(manifest(one, 4, 0));
	test.runFor(10);
	return test;
}

/** Everything is well again: all of the plane, all nodes, nobody drains any more. */
function heal({ plane, cell }: TestPlane): void {
	for (const component of PLANE_COMPONENTS) plane.recover(component);
	for (let n = 0; n < NODES; n++) {
		cell.setNodeSilent(n as never, false);
		plane.patch("Node", `/node-${n}`, { spec: { unschedulable: false } });
	}
}

/** The pods that an object declares: how many, and of which template. */
function expectDeclared(test: TestPlane, kind: Kind, living: readonly Pod[]): void {
	const object = test.plane.server.get(kind, `default/${appOf(kind)}`);
	const own = living.filter(({ metadata }) => metadata.labels["app"] === appOf(kind));
	if (object === undefined) {
		expect(own.map(({ metadata }) => metadata.name)).toEqual([]);
		return;
	}
	if (kind === "Job") {
		const { spec, status } = object as unknown as {
			readonly spec: { readonly completions: number };
			readonly status: { readonly succeeded: number };
		};
		expect([own.length, status.succeeded]).toEqual([0, spec.completions]);
		return;
	}
	const spec = object.spec as { readonly replicas?: number; readonly template: PodTemplate };
	expect(own.length).toBe(kind === "DaemonSet" ? NODES : spec.replicas);
	for (const pod of own) {
		expect(pod.status).toMatchObject({ phase: "Running", ready: true });
		expect(pod.spec.template.spec["containers"]).toEqual(spec.template.spec["containers"]);
	}
}

test("whatever users do and whatever fails, once it stops the cell comes to what is declared, and no eviction breaks a budget", () => {
	let checked = 0;
	fc.assert(
		fc.property(story, (happens) => {
			const test = newPlane();
			const budgets = new WatchedBudgets(test);
			const collisions: string[] = [];
			test.plane.server.watchEvents(({ message }) => {
				if (message.includes("already exists")) collisions.push(message);
			});
			for (const one of happens) {
				budgets.runFor(one.afterSeconds);
				perform(test, one);
			}
			heal(test);
			budgets.runFor(SETTLES_SECONDS);
			const living = test.pods.filter(({ status }) => status.phase === "Pending" || status.phase === "Running");
			for (const one of KINDS) expectDeclared(test, one, living);
			for (const budget of test.plane.server.list("PodDisruptionBudget"))
				expect((budget as PodDisruptionBudget).status.disruptedPods).toEqual({});
			expect(budgets.broken).toEqual([]);
			// Another leader gives other names.
			expect(collisions).toEqual([]);
			checked += budgets.checked;
			// The cell has the same pods, and nothing else.
			expect(test.cell.pods.live).toBe(living.length);
		}),
		{ seed: 8, numRuns: 150 },
	);
	// Some evictions were held against a count of their own.
	expect(checked).toBeGreaterThan(20);
});
