import { describe, expect, test } from "vitest";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import { resourceQuotaController } from "../../../src/control/controllers/resource-quota.js";
import type { ResourceQuota } from "../../../src/control/kinds/resource-quota.js";
import type { Pod } from "../../../src/control/pod.js";
import { SELECTOR } from "../../support/api-objects.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

const makePlane = () =>
	new TestPlane({ controllers: [replicaSetController, resourceQuotaController], nodes: [node("a", { cpu: 8000 })] });

const pod = (name: string, ...resources: object[]) => ({
	kind: "Pod",
	metadata: { name },
	spec: { containers: resources.map((one, i) => ({ name: `c${i}`, image: "x", resources: one })) },
});

/** The error, or the resources of the first container. */
function creating(plane: TestPlane, manifest: unknown): unknown {
	const result = plane.plane.create(manifest);
	if ("mistakes" in result) return result.mistakes;
	if (!result.ok) return `${result.error.code} ${result.error.message}`;
	const [container] = (result.object as Pod).spec.template.spec["containers"] as { resources: object }[];
	return container!.resources;
}

const LIMITS = [
	{
		type: "Container",
		min: { cpu: "20m" },
		max: { cpu: "500m" },
		default: { cpu: "100m" },
		defaultRequest: { cpu: "30m" },
		maxLimitRequestRatio: { cpu: "4" },
	},
	{ type: "Pod", max: { memory: "1Gi" } },
];

describe("a LimitRange", () => {
	const memory = "64Mi";

	test.each<[string, object, unknown]>([
		[
			"fills in what is not said; what is limited is asked for",
			{ limits: { memory } },
			{ requests: { cpu: "30m", memory }, limits: { cpu: "100m", memory } },
		],
		[
			"leaves what is said",
			{ limits: { cpu: "50m", memory } },
			{ requests: { cpu: "50m", memory }, limits: { cpu: "50m", memory } },
		],
		[
			"may make a pod that is not valid",
			{ limits: { memory }, requests: { cpu: "200m" } },
			'422 Pod "p" is invalid: spec.containers[0].resources.requests: Invalid value: "200m": must be less than or equal to cpu limit of 100m',
		],
		[
			"has a minimum",
			{ limits: { cpu: "20m", memory }, requests: { cpu: "10m" } },
			'403 pods "p" is forbidden: minimum cpu usage per Container is 20m, but request is 10m',
		],
		[
			"says all that is wrong",
			{ limits: { cpu: "600m", memory }, requests: { cpu: "100m" } },
			'403 pods "p" is forbidden: [maximum cpu usage per Container is 500m, but limit is 600m, cpu max limit to request ratio per Container is 4, but provided ratio is 6.000000]',
		],
		[
			"wants limits where it has a maximum",
			{ limits: { cpu: "40m" }, requests: { cpu: "20m" } },
			'403 pods "p" is forbidden: maximum memory usage per Pod is 1Gi.  No limit is specified',
		],
	])("%s", (_what, resources, expected) => {
		const plane = makePlane();
		plane.create({ kind: "LimitRange", metadata: { name: "lr" }, spec: { limits: LIMITS } });
		expect(creating(plane, pod("p", resources))).toEqual(expected);
	});

	test("adds up the containers of a pod", () => {
		const plane = makePlane();
		plane.create({ kind: "LimitRange", metadata: { name: "lr" }, spec: { limits: [LIMITS[1]] } });
		const half = { limits: { memory: "600Mi" } };
		expect(creating(plane, pod("p", half, half))).toBe(
			'403 pods "p" is forbidden: maximum memory usage per Pod is 1Gi, but limit is 1200Mi',
		);
	});
});

describe("a ResourceQuota", () => {
	const makeQuota = (hard: object) => {
		const plane = makePlane();
		plane.create({ kind: "ResourceQuota", metadata: { name: "q" }, spec: { hard } });
		plane.runFor(1);
		return plane;
	};
	const used = ({ plane }: TestPlane) => (plane.server.get("ResourceQuota", "default/q") as ResourceQuota).status.used;
	const cpu = (text: string) => ({ requests: { cpu: text } });

	test("is charged at once, refuses what does not fit, and says what of it", () => {
		const plane = makeQuota({ pods: "2", "requests.cpu": 1 });
		expect(creating(plane, pod("a", cpu("300m")))).toEqual({ ...cpu("300m") });
		expect(used(plane)).toEqual({ pods: 1, "requests.cpu": 300 });
		expect(creating(plane, pod("b", cpu("900m")))).toBe(
			'403 pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=900m, used: requests.cpu=300m, limited: requests.cpu=1',
		);
		expect(creating(plane, pod("c", {}, cpu("1m"), {}))).toBe(
			'403 pods "c" is forbidden: failed quota: q: must specify requests.cpu for: c0,c2',
		);
		creating(plane, pod("d", cpu("100m")));
		expect(creating(plane, pod("e", cpu("900m")))).toBe(
			'403 pods "e" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=900m, used: pods=2,requests.cpu=400m, limited: pods=2,requests.cpu=1',
		);
		expect(used(plane)).toEqual({ pods: 2, "requests.cpu": 400 });
	});

	test("gets back what a pod used when it is gone, not when it is on its way out", () => {
		const plane = makeQuota({ pods: "2" });
		plane.create(pod("a", {}));
		plane.runFor(1);
		plane.plane.delete("Pod", "default/a");
		plane.runFor(0.5);
		expect(used(plane)).toEqual({ pods: 1 });
		plane.runFor(1);
		expect(used(plane)).toEqual({ pods: 0 });
	});

	test("is noticed by a ReplicaSet at its next try only: 5 ms, 10 ms, 20 ms, ... after the last", () => {
		const plane = makeQuota({ pods: "2" });
		const template = { metadata: { labels: SELECTOR.matchLabels }, spec: { containers: [{ name: "c", image: "x" }] } };
		plane.create({ kind: "ReplicaSet", metadata: { name: "r" }, spec: { replicas: 4, selector: SELECTOR, template } });
		plane.runFor(10);
		expect(plane.pods.length).toBe(2);
		plane.patch("ResourceQuota", "q", { spec: { hard: { pods: 9 } } });
		plane.runFor(0.1);
		expect(plane.pods.length).toBe(2);
		plane.runFor(20);
		expect(plane.pods.length).toBe(4);
	});
});
