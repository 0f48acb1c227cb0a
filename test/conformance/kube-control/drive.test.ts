/** Scenarios that were not recorded: what a driver may do, and what it is told if nobody knows what that is. */
import { describe, expect, test } from "vitest";
import { drive } from "./drive.js";
import type { Raw, Scenario, TimelineEvent } from "./golden.js";

const CONTAINER = { name: "c", image: "app:v1", resources: { requests: { cpu: "100m", memory: "64Mi" } } };
const TEMPLATE = { metadata: { labels: { app: "d" } }, spec: { containers: [CONTAINER] } };
const SELECTOR = { matchLabels: { app: "d" } };
const DEPLOYMENT = {
	kind: "Deployment",
	metadata: { name: "d" },
	spec: { replicas: 4, selector: SELECTOR, strategy: {}, template: TEMPLATE },
};

/** Played on four nodes: actions with their times in seconds, up to `endS`. */
function played(objects: readonly Raw[], actions: readonly (readonly [number, string, Raw?])[], endS: number) {
	const events = [...actions, [endS, "complete"] as const].map(([s, what, more = {}]): TimelineEvent => {
		const manifest = objects.findIndex(({ kind }) => what === `create ${String(kind).toLowerCase()}`);
		return { ...more, t: s * 1000, k: "ACTION", do: what, ...(manifest >= 0 && { manifest }) };
	});
	const scenario: Scenario = {
		scenario: "made-up",
		setup: {
			nodes: 4,
			zones: 1,
			flags: "",
			nodeAllocatable: { cpu: "32", memory: "128Gi", pods: 110 },
			fakeKubelet: { startMs: 500, readyMs: 0, termMs: 1000 },
		},
		manifests: objects.map((object, id) => ({ id, what: "", object })),
		runs: [{ t0UTC: "06:33:00.454", events }],
	};
	return drive(scenario);
}

describe("the driver of made-up scenarios", () => {
	test("patches and deletes objects of any kind by kubectl's names", () => {
		const budget = {
			kind: "PodDisruptionBudget",
			metadata: { name: "b" },
			spec: { minAvailable: 3, selector: SELECTOR },
		};
		const events = played(
			[DEPLOYMENT, budget],
			[
				[0, "create deployment"],
				[2, "create poddisruptionbudget"],
				[3, "patch pdb b", { patch: { spec: { minAvailable: 1 } } }],
				[4, "delete pdb"],
				[5, "delete deployment d", { propagation: "Foreground" }],
			],
			10,
		);
		const allowed = events
			.filter(({ k }) => k === "PDB")
			.map((event) => (event.op === "D" ? "gone" : event["allowed"]));
		expect(allowed).toEqual([0, 1, undefined, 3, "gone"]);
		expect(events.filter(({ k, op }) => k === "Pod" && op === "D")).toHaveLength(4);
	});

	test("drains a node only if evictions follow its cordon", () => {
		const events = played(
			[DEPLOYMENT],
			[
				[0, "create deployment"],
				[2, "patch node n000", { patch: { spec: { unschedulable: true } } }],
			],
			5,
		);
		expect(events.filter(({ k, op }) => k === "Pod" && op === "D")).toHaveLength(0);
		expect(events.filter(({ k }) => k === "Node").at(-1)).toMatchObject({
			n: "n000",
			taints: ["unschedulable:NoSchedule"],
		});
	});

	test("says which action it does not know", () => {
		expect(() => played([DEPLOYMENT], [[0, "taint node n000"]], 1)).toThrow(
			"unknown action of the driver: taint node n000",
		);
	});
});
