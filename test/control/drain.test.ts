import { expect, test } from "vitest";
import type { ApiResult } from "../../src/control/api-server.js";
import { deploymentController } from "../../src/control/controllers/deployment/deployment.js";
import { disruptionController } from "../../src/control/controllers/disruption.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import { SELECTOR } from "../support/api-objects.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

/** Big enough to be spread. */
const TEMPLATE = {
	metadata: { labels: SELECTOR.matchLabels },
	spec: { containers: [{ name: "main", image: "x", resources: { requests: { cpu: 1 } } }] },
};

/** 4 pods on two nodes, and a budget for them. */
function planeWith(budget: object, template: object = TEMPLATE): TestPlane {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, disruptionController],
		nodes: ["a", "b"].map((name) => node(name, { cpu: 8000 })),
	});
	plane.create({ kind: "Deployment", metadata: { name: "d" }, spec: { replicas: 4, selector: SELECTOR, template } });
	plane.create({ kind: "PodDisruptionBudget", metadata: { name: "pdb" }, spec: { selector: SELECTOR, ...budget } });
	plane.runFor(3);
	return plane;
}

const answerOf = (result: ApiResult) => (result.ok ? "gone" : `${result.error.code} ${result.error.cause}`);

function drain({ engine, plane }: TestPlane, name: string) {
	const answers: [number, string][] = [];
	const sinceUs = engine.nowUs;
	plane.drain(name, (_pod, result) => {
		answers.push([Math.round((engine.nowUs - sinceUs) / 100_000) / 10, answerOf(result)]);
	});
	return answers;
}

test("a node is drained as its budget allows: who conflicts tries after half a second, who is refused after five", () => {
	const plane = planeWith({ minAvailable: 3 });
	const onA = () => plane.pods.filter(({ spec }) => spec.nodeName === "a").length;
	expect(onA()).toBe(2);
	const answers = drain(plane, "a");
	plane.runFor(8);
	expect(answers).toEqual([
		[0, "gone"],
		[0.5, "429 The disruption budget pdb needs 3 healthy pods and has 3 currently"],
		[5.5, "gone"],
	]);
	expect(onA()).toBe(0);
	expect(plane.pods.map(({ spec }) => spec.nodeName)).toEqual(["b", "b", "b", "b"]);
});

test("a pod that is not ready may go if enough others are healthy, or if the budget says so", () => {
	const neverReady = {
		...TEMPLATE,
		metadata: { ...TEMPLATE.metadata, annotations: { "cellsim.io/ready-after": "never" } },
	};
	const plane = planeWith({ minAvailable: 3, unhealthyPodEvictionPolicy: "AlwaysAllow" }, neverReady);
	const answers = drain(plane, "a");
	plane.runFor(1);
	expect(answers.map(([, answer]) => answer)).toEqual(["gone", "gone"]);
	const refused = planeWith({ minAvailable: 3 }, neverReady);
	const refusals = drain(refused, "a");
	refused.runFor(1);
	const refusal = "429 The disruption budget pdb needs 3 healthy pods and has 0 currently";
	expect(refusals.map(([, answer]) => answer)).toEqual([refusal, refusal]);
});

test("two budgets for one pod are one too many", () => {
	const plane = planeWith({ minAvailable: 1 });
	plane.create({
		kind: "PodDisruptionBudget",
		metadata: { name: "other" },
		spec: { selector: SELECTOR, maxUnavailable: 1 },
	});
	const answers: ApiResult[] = [];
	plane.plane.evictions.evict(`default/${plane.pods[0]!.metadata.name}`, (result) => answers.push(result));
	plane.runFor(1);
	expect(answers).toEqual([
		{
			ok: false,
			error: {
				code: 500,
				message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
			},
		},
	]);
});
