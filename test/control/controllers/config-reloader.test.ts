import { expect, test } from "vitest";
import { configReloader } from "../../../src/control/controllers/config-reloader.js";
import { deploymentController } from "../../../src/control/controllers/deployment/deployment.js";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import { formatPath } from "../../../src/objects/issues.js";
import { SELECTOR, TEMPLATE } from "../../support/api-objects.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

const MOUNTED = { volumes: [{ name: "v", configMap: { name: "settings" } }] };
const [MAIN] = TEMPLATE.spec.containers;
const ENVIRONMENT = { containers: [{ ...MAIN, envFrom: [{ configMapRef: { name: "settings" } }] }] };
const AUTO = { "reloader.stakater.com/auto": "true" };

/** How many ReplicaSets a Deployment has after the ConfigMap was changed: 2 if that rolled it out anew. */
function setsAfterChange(annotations: object, spec: object, change: object = { data: { level: "debug" } }): number {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, configReloader],
		nodes: [node("n", { cpu: 4000 })],
	});
	plane.create({ kind: "ConfigMap", metadata: { name: "settings" }, data: { level: "info" } });
	const template = { ...TEMPLATE, spec: { ...TEMPLATE.spec, ...spec } };
	plane.create({ kind: "Deployment", metadata: { name: "d", annotations }, spec: { selector: SELECTOR, template } });
	plane.runFor(5);
	plane.patch("ConfigMap", "settings", change);
	plane.runFor(20);
	return [...plane.plane.server.list("ReplicaSet")].length;
}

test.each([
	["no annotation, as in Kubernetes itself", {}, MOUNTED, 1],
	["auto and a volume", AUTO, MOUNTED, 2],
	["auto and the environment", AUTO, ENVIRONMENT, 2],
	["auto and a template that does not name it", AUTO, {}, 1],
	["its name in a list", { "configmap.reloader.stakater.com/reload": "more, settings" }, {}, 2],
	["another name in a list", { "configmap.reloader.stakater.com/reload": "more" }, {}, 1],
	["its name in the list of Secrets", { "secret.reloader.stakater.com/reload": "settings" }, {}, 1],
])("with %s", (_what, annotations, spec, sets) => {
	expect(setsAfterChange(annotations, spec)).toBe(sets);
});

test("the same data once more is no change", () => {
	expect(setsAfterChange(AUTO, MOUNTED, { data: { level: "info" } })).toBe(1);
});

test.each([
	["ConfigMap", { data: { "a b": "1" } }, 'data["a b"]: a valid config key must consist of alphanumeric characters'],
	["ConfigMap", { data: { a: 1 } }, "data.a: "],
	["Secret", { stringData: { "/": "1" } }, 'stringData["/"]: a valid config key'],
	["ConfigMap", { spec: {} }, "spec"],
])("a %s with %j is refused", (kind, fields, message) => {
	const { plane } = new TestPlane({ controllers: [], nodes: [] });
	expect(textOf(plane.create({ kind, metadata: { name: "c" }, ...fields }))).toContain(message);
});

test("what is immutable stays as it is", () => {
	const { plane } = new TestPlane({ controllers: [], nodes: [] });
	plane.create({ kind: "ConfigMap", metadata: { name: "c" }, data: { a: "1" }, immutable: true });
	expect(textOf(plane.patch("ConfigMap", "default/c", { data: { a: "2" } }))).toBe(
		"data: Forbidden: field is immutable when `immutable` is set",
	);
	expect(textOf(plane.patch("ConfigMap", "default/c", { metadata: { labels: { x: "y" } } }))).toBe("done");
});

function textOf(result: ReturnType<TestPlane["plane"]["create"]>): string {
	if ("mistakes" in result)
		return result.mistakes.map(({ path, message }) => `${formatPath(path)}: ${message}`).join("; ");
	return result.ok ? "done" : result.error.message;
}
