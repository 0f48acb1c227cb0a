import { expect, test } from "vitest";
import type { Draft } from "../../src/control/api-object.js";
import { defaultTolerations, tolerationsOf } from "../../src/control/default-tolerations.js";
import { NEW_POD, type PodObjectSpec } from "../../src/control/pod.js";

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";

function admitted(tolerations: readonly object[] | undefined) {
	const template = { spec: { containers: [], ...(tolerations && { tolerations }) } };
	const draft = {
		kind: "Pod",
		metadata: { namespace: "default", name: "p" },
		spec: { template, onlyNode: "", nodeName: "" },
		status: NEW_POD,
	};
	const { spec } = defaultTolerations(draft) as Draft<PodObjectSpec>;
	return tolerationsOf(spec.template).map(({ key, effect, tolerationSeconds }) => [key, effect, tolerationSeconds]);
}

const STAYS = [
	[NOT_READY, "NoExecute", 300],
	[UNREACHABLE, "NoExecute", 300],
];

test.each([
	["nothing", undefined, STAYS],
	["something else", [{ key: "gpu", operator: "Exists" }], [["gpu", null, null], ...STAYS]],
	[
		"one of the two",
		[{ key: UNREACHABLE, operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }],
		[[UNREACHABLE, "NoExecute", 30], STAYS[0]],
	],
	[
		"the key with another effect",
		[{ key: NOT_READY, operator: "Exists", effect: "NoSchedule" }],
		[[NOT_READY, "NoSchedule", null], ...STAYS],
	],
	["everything", [{ operator: "Exists" }], [[null, null, null]]],
])("a pod that tolerates %s", (_what, tolerations, expected) => {
	expect(admitted(tolerations)).toEqual(expected);
});

test("pods of one template share the one that is filled in; other objects are left alone", () => {
	const template = { spec: { containers: [] } };
	const draft = (kind: string) => ({ kind, metadata: { namespace: "", name: "" }, spec: { template }, status: {} });
	const templateOf = (kind: string) => (defaultTolerations(draft(kind)) as Draft<PodObjectSpec>).spec.template;
	expect(templateOf("Pod")).toBe(templateOf("Pod"));
	expect(templateOf("Deployment")).toBe(template);
});
