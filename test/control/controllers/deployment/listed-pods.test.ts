/** Rollouts of Kubernetes 1.4, whose Deployment controller lists pods. */
import { describe, expect, test } from "vitest";
import {
	deploymentController,
	listingDeploymentController,
} from "../../../../src/control/controllers/deployment/deployment.js";
import { counted, shrinkByLists } from "../../../../src/control/controllers/deployment/listed-pods.js";
import { replicaSetController } from "../../../../src/control/controllers/replica-set.js";
import type { Deployment } from "../../../../src/control/kinds/deployment.js";
import type { ReplicaSet } from "../../../../src/control/kinds/replica-set.js";
import type { Pod } from "../../../../src/control/pod.js";
import { type RateLimit, UNLIMITED } from "../../../../src/control/token-bucket.js";
import { SECOND } from "../../../../src/engine/time.js";
import { oneByOne } from "../../../support/api-objects.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

const CONTROLLERS = { listing: listingDeploymentController, seeing: deploymentController };

const available = ({ metadata, status }: Pod) => metadata.deletedUs === null && status.ready;
const isNew = ({ spec }: Pod) => JSON.stringify(spec.template).includes('"web:2"');

/** Seconds from another image until all of 20 pods have it, and the fewest that were available meanwhile. */
function rollout(controller: keyof typeof CONTROLLERS, client: RateLimit) {
	const plane = new TestPlane({
		controllers: [CONTROLLERS[controller], replicaSetController],
		nodes: [node("a", { cpu: 64_000 })],
		client,
	});
	plane.create(oneByOne(20, "web:1"));
	plane.runFor(60);
	plane.patch("Deployment", "web", { spec: oneByOne(20, "web:2").spec });
	let fewest = 20;
	for (let steps = 1; steps < 600; steps++) {
		plane.runFor(0.1);
		fewest = Math.min(fewest, plane.pods.filter(available).length);
		if (plane.pods.filter((pod) => isNew(pod) && available(pod)).length === 20) return { seconds: steps / 10, fewest };
	}
	return { seconds: Number.POSITIVE_INFINITY, fewest };
}

describe("two of 20 pods at a time, each starting in half a second: 5 s and what controllers take", () => {
	test("lists take little where nothing limits them, and leave as many pods as are wanted", () => {
		const [listing, seeing] = [rollout("listing", UNLIMITED), rollout("seeing", UNLIMITED)];
		expect(Math.abs(listing.seconds - seeing.seconds)).toBeLessThan(1);
		expect([listing.fewest, seeing.fewest]).toEqual([19, 19]);
	});

	test("20 requests a second, 30 at once, are what a rollout by lists waits for, and no other", () => {
		const limit = { qps: 20, burst: 30 };
		const [listing, seeing] = [rollout("listing", limit), rollout("seeing", limit)];
		expect(seeing.seconds).toBeLessThan(7);
		expect(listing.seconds).toBeGreaterThan(seeing.seconds + 1);
		expect(listing.fewest).toBe(19);
	});
});

/** A ReplicaSet of so many pods, of which so many are available. */
const set = (name: string, replicas: number, availableReplicas: number) =>
	({
		kind: "ReplicaSet",
		metadata: { name, createdUs: 0, uid: 1 },
		spec: { replicas },
		status: { availableReplicas },
	}) as ReplicaSet;

describe("lists before old ReplicaSets shrink, of 10 pods with one that may be missing and one too many", () => {
	test.each([
		["none where no old pods are left", set("new", 10, 3), [set("old", 0, 0)], 0, []],
		[
			"one for the new one, of whose pods too many are not available: 11 - 9 - 2",
			set("new", 2, 0),
			[set("old", 9, 9)],
			1,
			[],
		],
		["then one for the old one and one for all: 11 - 9 - 1", set("new", 2, 1), [set("old", 9, 9)], 3, [["old", 8]]],
		["one for each old one", set("new", 2, 1), [set("older", 4, 4), set("old", 5, 5)], 4, [["older", 3]]],
	])("%s", (_, fresh, olds, lists, shrunk) => {
		const web = {
			...oneByOne(10, "web:2"),
			metadata: { name: "web", namespace: "default" },
		} as unknown as Deployment;
		const steps = shrinkByLists(web, fresh, olds, (one) => one);
		let asked = 0;
		let step = steps.next([]);
		for (; !step.done; step = steps.next(step.value.map(() => ({ ok: true, object: web })))) asked += step.value.length;
		expect(asked).toBe(lists);
		expect(step.value.map((resize) => [resize.set.metadata.name, resize.replicas])).toEqual(shrunk);
	});
});

test("pods count that are ready, and available after minReadySeconds, unless they are to go or have ended", () => {
	const pod = (ready: boolean, readyUs: number, deletedUs: number | null = null, phase = "Running") =>
		({ metadata: { deletedUs }, status: { phase, ready, readyUs } }) as Pod;
	const pods = [
		pod(true, 1 * SECOND),
		pod(true, 8 * SECOND),
		pod(false, Number.NaN),
		pod(true, 1 * SECOND, 9 * SECOND),
		pod(true, 1 * SECOND, null, "Failed"),
	];
	const of = (minReadySeconds: number) => {
		const waiting = { spec: { replicas: 5, minReadySeconds }, status: { replicas: 5 } } as ReplicaSet;
		const { readyReplicas, availableReplicas } = counted(waiting, pods, 10 * SECOND).status;
		return [readyReplicas, availableReplicas];
	};
	expect(of(0)).toEqual([2, 2]);
	expect(of(5)).toEqual([2, 1]);
});
