/** ResourceQuotas for some pods only, and for objects. */
import { expect, test } from "vitest";
import { deploymentController } from "../../src/control/controllers/deployment/deployment.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import { resourceQuotaController } from "../../src/control/controllers/resource-quota.js";
import type { ResourceQuota } from "../../src/control/kinds/resource-quota.js";
import { covers } from "../../src/control/quota-scopes.js";
import { SELECTOR } from "../support/api-objects.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

const asking = (resources: object, more: object = {}) => ({
	spec: { containers: [{ name: "c", image: "x", resources }], ...more },
});
const MODEST = asking({});
const NORMAL = asking({ requests: { cpu: "100m" } });

test.each<[string, object, { spec: Record<string, unknown> }, boolean]>([
	["no scope", {}, NORMAL, true],
	["BestEffort", { scopes: ["BestEffort"] }, MODEST, true],
	["BestEffort", { scopes: ["BestEffort"] }, NORMAL, false],
	["BestEffort", { scopes: ["BestEffort"] }, asking({ limits: { memory: "1Gi" } }), false],
	["NotBestEffort", { scopes: ["NotBestEffort"] }, NORMAL, true],
	["Terminating", { scopes: ["Terminating"] }, asking({}, { activeDeadlineSeconds: 9 }), true],
	["NotTerminating", { scopes: ["NotTerminating"] }, asking({}, { activeDeadlineSeconds: 9 }), false],
	["both", { scopes: ["BestEffort", "NotTerminating"] }, MODEST, true],
	["both", { scopes: ["BestEffort", "NotTerminating"] }, NORMAL, false],
	["class high", ofClass("In", ["high"]), asking({}, { priorityClassName: "high" }), true],
	["class high", ofClass("In", ["high"]), MODEST, false],
	["not class high", ofClass("NotIn", ["high"]), MODEST, true],
	["any class", ofClass("Exists"), MODEST, false],
	["no class", ofClass("DoesNotExist"), MODEST, true],
	["other namespaces", { scopes: ["CrossNamespacePodAffinity"] }, near({ namespaces: ["other"] }), true],
	["other namespaces", { scopes: ["CrossNamespacePodAffinity"] }, near({}), false],
])("a quota for %s covers a pod: %o %o %s", (_, spec, template, is) => {
	expect(covers({ hard: {}, scopes: [], scopeSelector: null, ...spec }, template)).toBe(is);
});

function ofClass(operator: string, values: readonly string[] = []) {
	return { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, values }] } };
}

function near(term: object) {
	const required = [{ topologyKey: "zone", labelSelector: { matchLabels: { app: "x" } }, ...term }];
	return asking({}, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } });
}

function planeWith(spec: object) {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, resourceQuotaController],
		nodes: [node("a", { cpu: 8_000 })],
	});
	plane.create({ kind: "ResourceQuota", metadata: { name: "q" }, spec });
	plane.runFor(1);
	const used = () => (plane.plane.server.get("ResourceQuota", "default/q") as ResourceQuota).status.used;
	return { plane, used };
}

test("pods that a quota does not cover are neither refused nor counted", () => {
	const { plane, used } = planeWith({ hard: { pods: "1" }, scopes: ["BestEffort"] });
	const pod = (name: string, { spec }: typeof MODEST) => plane.plane.create({ kind: "Pod", metadata: { name }, spec });
	expect(pod("a", NORMAL)).toMatchObject({ ok: true });
	expect(pod("b", MODEST)).toMatchObject({ ok: true });
	expect(pod("c", MODEST)).toMatchObject({
		error: {
			message: 'pods "c" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
		},
	});
	plane.delete("Pod", "b");
	plane.runFor(40);
	expect(used()).toEqual({ pods: 0 });
});

test("objects are counted by the resource they are, and given back when they go", () => {
	const { plane, used } = planeWith({ hard: { "count/deployments.apps": 1, services: 1, "count/configmaps": 5 } });
	const template = { metadata: { labels: SELECTOR.matchLabels }, ...NORMAL };
	const deployment = (name: string) =>
		plane.plane.create({ kind: "Deployment", metadata: { name }, spec: { selector: SELECTOR, template } });
	expect(deployment("d")).toMatchObject({ ok: true });
	expect(deployment("e")).toMatchObject({
		error: {
			code: 403,
			message:
				'deployments.apps "e" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
		},
	});
	plane.create({ kind: "Service", metadata: { name: "s" }, spec: {} });
	plane.runFor(1);
	expect(used()).toEqual({ "count/deployments.apps": 1, services: 1, "count/configmaps": 0 });
	plane.delete("Deployment", "d");
	plane.runFor(1);
	expect(used()).toEqual({ "count/deployments.apps": 0, services: 1, "count/configmaps": 0 });
	expect(deployment("e")).toMatchObject({ ok: true });
});

test("count/pods has ended pods among them, pods has not", () => {
	const { plane, used } = planeWith({ hard: { pods: "5", "count/pods": 5 } });
	const annotations = { "cellsim.io/run-time": "1s" };
	plane.create({ kind: "Pod", metadata: { name: "p", annotations }, spec: { ...NORMAL.spec, restartPolicy: "Never" } });
	expect(used()).toEqual({ pods: 1, "count/pods": 1 });
	plane.runFor(5);
	expect(used()).toEqual({ pods: 0, "count/pods": 1 });
	plane.delete("Pod", "p");
	plane.runFor(5);
	expect(used()).toEqual({ pods: 0, "count/pods": 0 });
});

test.each([
	[{ hard: { pods: 1 }, scopes: ["BestEffort", "NotBestEffort"] }, "spec.scopes: conflicting scopes"],
	[{ hard: { cpu: 1 }, scopes: ["BestEffort"] }, "spec.scopes: unsupported scope applied to resource"],
	[{ hard: { services: 1 }, scopes: ["Terminating"] }, "spec.scopes: unsupported scope applied to resource"],
	[
		{ hard: { pods: 1 }, ...ofClass("In") },
		"spec.scopeSelector.matchExpressions.0.values: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
	],
])("a quota is refused: %j", (spec, message) => {
	const { plane } = planeWith({ hard: {} });
	const refused = plane.plane.create({ kind: "ResourceQuota", metadata: { name: "r" }, spec });
	expect("mistakes" in refused && refused.mistakes.map((one) => `${one.path.join(".")}: ${one.message}`)).toEqual([
		message,
	]);
});
