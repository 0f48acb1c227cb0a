import { describe, expect, test } from "vitest";
import { fitOf, templateFor } from "../../../../src/control/controllers/daemon-set/placement.js";
import { type NodeObject, nodeKind } from "../../../../src/control/kinds/node.js";
import { podSpecOf } from "../../../../src/control/kinds/pod-template.js";
import { matchesTerm } from "../../../../src/objects/selector.js";
import type { TaintEffect } from "../../../../src/objects/spec.js";
import { apiObject, TEMPLATE } from "../../../support/api-objects.js";

const template = (spec: object = {}) => ({ ...TEMPLATE, spec: { ...TEMPLATE.spec, ...spec } });
const inZone = (values: readonly string[]) => ({
	affinity: {
		nodeAffinity: {
			requiredDuringSchedulingIgnoredDuringExecution: {
				nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values }] }],
			},
		},
	},
});

function nodeWith(taint = "", labels = {}): NodeObject {
	const [key = "", effect] = taint.split(":");
	const taints = taint === "" ? [] : [{ key, value: "", effect: effect as TaintEffect }];
	const node = apiObject<NodeObject>(nodeKind, "n", {});
	return { ...node, metadata: { ...node.metadata, labels }, spec: { taints, unschedulable: false } };
}

describe("a pod runs on, or may stay on,", () => {
	const fit = { runs: true, stays: true };
	const kept = { runs: false, stays: true };
	const none = { runs: false, stays: false };
	test.each([
		["any node", {}, nodeWith(), fit],
		["none without the label that it selects", { nodeSelector: { disk: "ssd" } }, nodeWith(), none],
		["one with it", { nodeSelector: { disk: "ssd" } }, nodeWith("", { disk: "ssd" }), fit],
		["one of its zones", inZone(["a", "b"]), nodeWith("", { zone: "b" }), fit],
		["no other", inZone(["a", "b"]), nodeWith("", { zone: "c" }), none],
		["one that takes no new pods", {}, nodeWith("full:NoSchedule"), kept],
		["none that sends pods away", {}, nodeWith("broken:NoExecute"), none],
		["one that it would rather not be on", {}, nodeWith("slow:PreferNoSchedule"), fit],
		["one that is lost", {}, nodeWith("node.kubernetes.io/unreachable:NoExecute"), fit],
		["one that is cordoned", {}, nodeWith("node.kubernetes.io/unschedulable:NoSchedule"), fit],
		[
			"one without network, if it brings none of its own",
			{},
			nodeWith("node.kubernetes.io/network-unavailable:NoSchedule"),
			kept,
		],
		[
			"the same, on the host's",
			{ hostNetwork: true },
			nodeWith("node.kubernetes.io/network-unavailable:NoSchedule"),
			fit,
		],
	])("%s", (_what, spec, node, expected) => {
		expect(fitOf(template(spec), "default", node)).toEqual(expected);
	});
});

test("the pod of a node fits no other; pods of one node share a template", () => {
	const shared = template(inZone(["a"]));
	expect(templateFor(shared, "n")).toBe(templateFor(shared, "n"));
	const [term] = podSpecOf(templateFor(shared, "n"), "default", []).facts.requiredNodeTerms!;
	expect(matchesTerm(term!, "n", {})).toBe(true);
	expect(matchesTerm(term!, "m", { zone: "a" })).toBe(false);
});
