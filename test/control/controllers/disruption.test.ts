/** Budgets of pods for which nobody can say how many there shall be. */
import { expect, test } from "vitest";
import { deploymentController } from "../../../src/control/controllers/deployment/deployment.js";
import { disruptionController } from "../../../src/control/controllers/disruption.js";
import { jobController } from "../../../src/control/controllers/job/job.js";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import type { PodDisruptionBudget } from "../../../src/control/kinds/pod-disruption-budget.js";
import { SELECTOR } from "../../support/api-objects.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

const POD = { containers: [{ name: "main", image: "x", resources: { requests: { cpu: "100m" } } }] };
const TEMPLATE = { metadata: { labels: SELECTOR.matchLabels }, spec: POD };

function budgeted(manifest: object, budget: object = { maxUnavailable: 1 }) {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, jobController, disruptionController],
		nodes: [node("a", { cpu: 8_000 })],
	});
	const said = new Set<string>();
	plane.plane.server.watchEvents(({ source, reason, message }) => {
		if (source === "controllermanager") said.add(`${reason}: ${message}`);
	});
	plane.create(manifest);
	plane.runFor(3);
	plane.create({ kind: "PodDisruptionBudget", metadata: { name: "b" }, spec: { selector: SELECTOR, ...budget } });
	plane.runFor(3);
	const status = () => (plane.plane.server.get("PodDisruptionBudget", "default/b") as PodDisruptionBudget).status;
	return { plane, said, status };
}

const JOB = {
	kind: "Job",
	metadata: { name: "j" },
	spec: { parallelism: 2, template: { ...TEMPLATE, spec: { ...POD, restartPolicy: "Never" } } },
};

test("pods of a Job: nobody declares how many there shall be, and none may go", () => {
	const { said, status } = budgeted(JOB);
	const why = "jobs.batch does not implement the scale subresource";
	expect([...said]).toEqual([
		`CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: ${why}`,
	]);
	expect(status()).toMatchObject({
		disruptionsAllowed: 0,
		observedGeneration: 0,
		allowed: { status: "False", reason: "SyncFailed", message: why },
	});
	// Where they are counted it does not matter.
	const counted = budgeted(JOB, { minAvailable: 1 });
	expect([...counted.said]).toEqual([]);
	expect(counted.status()).toMatchObject({ disruptionsAllowed: 1, allowed: { reason: "SufficientPods" } });
});

test("pods of nobody count nothing, which is told", () => {
	const { said, status } = budgeted({
		kind: "Pod",
		metadata: { name: "p", labels: SELECTOR.matchLabels },
		spec: POD,
	});
	const [[key, value]] = Object.entries(SELECTOR.matchLabels) as [[string, string]];
	expect([...said]).toEqual([
		`UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{${key}: ${value},},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`,
	]);
	expect(status()).toMatchObject({ expectedPods: 0, currentHealthy: 1, allowed: { reason: "InsufficientPods" } });
});

test("a budget whose pods have lost their owner recovers when they are gone", () => {
	const spec = { replicas: 2, selector: SELECTOR, template: TEMPLATE };
	const { plane, said, status } = budgeted({ kind: "Deployment", metadata: { name: "d" }, spec });
	expect(status()).toMatchObject({ disruptionsAllowed: 1, expectedPods: 2 });
	// Nobody collects what it leaves behind.
	for (const kind of ["Deployment", "ReplicaSet"])
		for (const object of [...plane.plane.server.list(kind)]) plane.delete(kind, object.metadata.name);
	for (const { metadata } of plane.pods) plane.delete("Pod", metadata.name);
	plane.runFor(0.5);
	expect(status().allowed).toMatchObject({ reason: "SyncFailed" });
	expect([...said].at(-1)).toMatch(/found no controllers for pod "d-/);
	plane.runFor(5);
	expect(status()).toMatchObject({ expectedPods: 0, allowed: { status: "False", reason: "InsufficientPods" } });
});
