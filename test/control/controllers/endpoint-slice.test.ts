import { describe, expect, test } from "vitest";
import { arrange, endpointSliceController } from "../../../src/control/controllers/endpoint-slice.js";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import type { Endpoint, EndpointSlice } from "../../../src/control/kinds/endpoint-slice.js";
import { apiPod, SELECTOR, TEMPLATE } from "../../support/api-objects.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

/** Ready endpoints of the pods `from` to `to`. */
const endpoints = (from: number, to: number): readonly Endpoint[] =>
	Array.from({ length: to - from + 1 }, (_, i) => ({
		pod: `p${from + i}`,
		ready: true,
		serving: true,
		terminating: false,
	}));

const slice = (uid: number, from: number, to: number): EndpointSlice => ({
	kind: "EndpointSlice",
	metadata: { ...apiPod({ uid }).metadata, name: `s${uid}` },
	spec: { endpoints: endpoints(from, to) },
	status: null,
});

describe("slices of at most 100", () => {
	const wanted = (...ranges: readonly (readonly [number, number])[]) =>
		new Map(ranges.flatMap(([from, to]) => endpoints(from, to).map((endpoint) => [endpoint.pod, endpoint] as const)));

	/** What becomes of how many endpoints. */
	function outcome(slices: readonly EndpointSlice[], pods: Map<string, Endpoint>) {
		const { made, changed, emptied } = arrange(slices, pods);
		return {
			made: made.map(({ length }) => length),
			changed: Object.fromEntries([...changed].map(([{ metadata }, { length }]) => [metadata.name, length])),
			emptied: emptied.map(({ metadata }) => metadata.name),
		};
	}

	test.each<[string, readonly EndpointSlice[], Map<string, Endpoint>, object]>([
		["as they are", [slice(1, 1, 90)], wanted([1, 90]), {}],
		["new ones fill what is there", [slice(1, 1, 90)], wanted([1, 95]), { changed: { s1: 95 } }],
		// 20 do not fit into s1: none of them goes there.
		[
			"or all go to one that has room",
			[slice(1, 1, 90), slice(2, 101, 130)],
			wanted([1, 90], [101, 150]),
			{ changed: { s2: 50 } },
		],
		["or to new ones", [slice(1, 1, 90)], wanted([1, 110]), { made: [20] }],
		["two new ones for 130", [], wanted([1, 130]), { made: [100, 30] }],
		// s1 changes anyway, and takes 11 of the 20 new ones.
		[
			"those that change anyway are filled first",
			[slice(1, 1, 90)],
			wanted([2, 110]),
			{ made: [9], changed: { s1: 100 } },
		],
		["one that nobody is left in", [slice(1, 1, 90), slice(2, 91, 95)], wanted([1, 90]), { emptied: ["s2"] }],
	])("%s", (_what, slices, pods, expected) => {
		expect(outcome(slices, pods)).toEqual({ made: [], changed: {}, emptied: [], ...expected });
	});

	test("who is not ready any more stays, and says so", () => {
		const leaving: Endpoint = { pod: "p1", ready: false, serving: true, terminating: true };
		const one = slice(1, 1, 2);
		const { changed } = arrange(
			[one],
			new Map([
				["p1", leaving],
				["p2", endpoints(2, 2)[0]!],
			]),
		);
		expect(changed.get(one)).toEqual([leaving, ...endpoints(2, 2)]);
	});
});

test("a pod is behind its Service from its start, ready when it is, and while it leaves still serving", () => {
	const plane = new TestPlane({
		controllers: [replicaSetController, endpointSliceController],
		nodes: [node("a", { cpu: 8000 })],
	});
	const annotations = { "cellsim.io/ready-after": "2s" };
	const template = { ...TEMPLATE, metadata: { ...TEMPLATE.metadata, annotations } };
	plane.create({
		kind: "Service",
		metadata: { name: "s" },
		spec: { selector: SELECTOR.matchLabels, ports: [{ port: 80 }] },
	});
	plane.create({ kind: "ReplicaSet", metadata: { name: "r" }, spec: { replicas: 1, selector: SELECTOR, template } });
	const seen = () =>
		([...plane.plane.server.list("EndpointSlice")] as EndpointSlice[]).flatMap(({ spec }) =>
			spec.endpoints.map(({ ready, serving, terminating }) => ({ ready, serving, terminating })),
		);
	plane.runFor(0.2);
	expect(seen()).toEqual([]);
	plane.runFor(1);
	expect(seen()).toEqual([{ ready: false, serving: false, terminating: false }]);
	plane.runFor(2);
	expect(seen()).toEqual([{ ready: true, serving: true, terminating: false }]);
	plane.patch("ReplicaSet", "r", { spec: { replicas: 0 } });
	plane.runFor(0.5);
	expect(seen()).toEqual([{ ready: false, serving: true, terminating: true }]);
	plane.runFor(1);
	expect(seen()).toEqual([]);
	expect([...plane.plane.server.list("EndpointSlice")].length).toBe(1);
});
