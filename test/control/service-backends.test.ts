/** What Kubernetes wants of those who deal out requests: endpoints of Services, and weights of routes. */
import { expect, test } from "vitest";
import type { PodId } from "../../src/cell/ids.js";
import { endpointSliceController } from "../../src/control/controllers/endpoint-slice.js";
import { garbageCollector } from "../../src/control/controllers/garbage-collector.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import { SECOND } from "../../src/engine/time.js";
import { SELECTOR, TEMPLATE } from "../support/api-objects.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

function planeWith() {
	const plane = new TestPlane({
		controllers: [replicaSetController, endpointSliceController, garbageCollector],
		nodes: [node("a", { cpu: 8000 })],
	});
	const said: string[] = [];
	const at = () => (plane.engine.nowUs / SECOND).toFixed(1);
	let before = "";
	plane.cell.watch({
		endpointsChanged: (service, pods: readonly PodId[]) => {
			const leaving = pods.filter((pod) => plane.cell.pods.has(pod) && plane.cell.pod(pod).leaving !== null).length;
			const text = `${service} ${pods.length - leaving} and ${leaving} leaving`;
			if (text !== before) said.push(`${at()} ${text}`);
			before = text;
		},
		routeChanged: (route, backends) =>
			said.push(`${at()} ${route} ${backends.map(({ service, weight }) => `${service}:${weight}`).join(" ")}`),
	});
	return { plane, said };
}

test("those that are ready, and if there is none those that serve on their way out", () => {
	const { plane, said } = planeWith();
	const labels = SELECTOR.matchLabels;
	plane.create({ kind: "Service", metadata: { name: "s" }, spec: { selector: labels } });
	const spec = { replicas: 2, selector: SELECTOR, template: TEMPLATE };
	plane.create({ kind: "ReplicaSet", metadata: { name: "r" }, spec });
	plane.runFor(5);
	plane.patch("ReplicaSet", "r", { spec: { replicas: 1 } });
	plane.runFor(5);
	plane.patch("ReplicaSet", "r", { spec: { replicas: 0 } });
	plane.runFor(5);
	plane.patch("ReplicaSet", "r", { spec: { replicas: 1 } });
	plane.runFor(5);
	plane.delete("Service", "s");
	plane.runFor(1);
	expect(said).toEqual([
		"0.0 default/s 0 and 0 leaving",
		// Pods start after half a second, and leave after one.
		"0.5 default/s 1 and 0 leaving",
		"0.5 default/s 2 and 0 leaving",
		"5.0 default/s 1 and 0 leaving",
		"10.0 default/s 0 and 1 leaving",
		"11.0 default/s 0 and 0 leaving",
		"15.5 default/s 1 and 0 leaving",
		"20.0 default/s 0 and 0 leaving",
	]);
});

test("a route names Services of its namespace, or of another, with weights", () => {
	const { plane, said } = planeWith();
	const route = (backendRefs: readonly object[]) => ({ spec: { rules: [{ backendRefs }] } });
	plane.create({ kind: "HTTPRoute", metadata: { name: "r" }, ...route([{ name: "old" }]) });
	plane.patch(
		"HTTPRoute",
		"r",
		route([
			{ name: "old", weight: 9 },
			{ name: "new", namespace: "other", weight: 1 },
		]),
	);
	plane.delete("HTTPRoute", "r");
	expect(said).toEqual(["0.0 default/r default/old:1", "0.0 default/r default/old:9 other/new:1", "0.0 default/r "]);
	const refused = plane.plane.create({
		kind: "HTTPRoute",
		metadata: { name: "bad" },
		...route([{ name: "old", weight: -1 }]),
	});
	expect(refused).toMatchObject({
		mistakes: [
			{ path: ["spec", "rules", 0, "backendRefs", 0, "weight"], message: "must be greater than or equal to 0" },
		],
	});
});
