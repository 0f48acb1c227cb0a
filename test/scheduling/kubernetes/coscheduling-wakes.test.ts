/** What wakes the pods of a group that was turned down. */
import { expect, test } from "vitest";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { podFromManifest, podSchema } from "../../../src/objects/pod.js";
import { node, podArrival } from "../../support/cells.js";
import { coscheduling, kubeScheduler, podGroups, SECOND } from "../../support/kubernetes-groups.js";
import { simulate } from "../../support/simulations.js";

const FOR_EVER = Number.POSITIVE_INFINITY;

/** A job of pods of 1 cpu with these labels, and more of a pod's spec. */
function pods(name: string, atS: number, count: number, labels: object, more: object = {}): JobArrival {
	const containers = [{ name: "c", resources: { requests: { cpu: "1" } } }];
	const manifest = podSchema.parse({ metadata: { name, labels }, spec: { containers, ...more } });
	const pod = { ...podArrival({ durationUs: FOR_EVER }), spec: podFromManifest(manifest, []).spec };
	return { timeUs: atS * SECOND, name, gang: false, pods: Array.from({ length: count }, () => pod) };
}

const GROUP = { "scheduling.x-k8s.io/pod-group": "a" };

const NEAR_FRIENDS = {
	affinity: {
		podAffinity: {
			requiredDuringSchedulingIgnoredDuringExecution: [
				{ topologyKey: "zone", labelSelector: { matchLabels: { app: "friend" } } },
			],
		},
	},
};

test.each<[string, readonly JobArrival[], number]>([
	[
		"what its first pod waits for, a pod to be near to",
		[pods("a", 0, 3, GROUP, NEAR_FRIENDS), pods("stranger", 4, 1, {}), pods("friend", 9, 1, { app: "friend" })],
		9,
	],
	[
		"the same where its pods are jobs of their own",
		[
			...["a0", "a1", "a2"].map((name) => pods(name, 0, 1, GROUP, NEAR_FRIENDS)),
			pods("friend", 9, 1, { app: "friend" }),
		],
		9,
	],
	["the pod with which it is complete", [pods("a", 0, 2, GROUP), pods("late", 7, 1, GROUP)], 7],
])("a group is woken by %s", async (_what, jobs, atS) => {
	const { bindings } = await simulate({
		...kubeScheduler(coscheduling()),
		nodes: [node("n", { labels: { zone: "z" }, cpu: 8000, memory: 10 })],
		jobs,
		objects: podGroups({ a: 3 }),
		endUs: 60 * SECOND,
	});
	const group = bindings.filter((line) => /bound (a|late)/.test(line));
	expect(group.map((line) => Number(line.split(" ")[0]) / SECOND)).toEqual([atS, atS, atS]);
});
