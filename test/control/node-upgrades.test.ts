import { expect, test } from "vitest";
import { daemonSetController } from "../../src/control/controllers/daemon-set/daemon-set.js";
import { deploymentController } from "../../src/control/controllers/deployment/deployment.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import { SECOND } from "../../src/engine/time.js";
import { SELECTOR } from "../support/api-objects.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

const template = (app: string) => ({
	metadata: { labels: { app } },
	spec: { containers: [{ name: "main", image: "x", resources: { requests: { cpu: 1 } } }] },
});

/** Events of an upgrade in seconds, from its start. */
function follow(plane: TestPlane): string[] {
	const told: string[] = [];
	const sinceUs = plane.engine.nowUs;
	plane.plane.server.watchEvents(({ source, about, reason }) => {
		const atS = Math.round((plane.engine.nowUs - sinceUs) / (SECOND / 10)) / 10;
		if (source === "node-upgrade") told.push(`${atS} ${about.metadata.name} ${reason}`);
	});
	return told;
}

test("nodes are drained, away and back, so many at once; pods of DaemonSets stay", () => {
	const names = ["a", "b", "c"];
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, daemonSetController],
		nodes: names.map((name) => node(name, { cpu: 8000 })),
	});
	plane.create({
		kind: "Deployment",
		metadata: { name: "d" },
		spec: { replicas: 3, selector: SELECTOR, template: template(SELECTOR.matchLabels["app"]!) },
	});
	plane.create({
		kind: "DaemonSet",
		metadata: { name: "agent" },
		spec: { selector: { matchLabels: { app: "agent" } }, template: template("agent") },
	});
	plane.runFor(5);
	const agents = () => plane.pods.filter(({ metadata }) => metadata.owner?.kind === "DaemonSet");
	const before = agents().map(({ metadata }) => metadata.uid);
	const told = follow(plane);
	plane.plane.upgrade({ nodes: ["a", "nobody", "b", "c"], atOnce: 2, takesUs: 60 * SECOND });
	plane.runFor(4);
	const servers = () => plane.pods.filter(({ metadata }) => metadata.owner?.kind === "ReplicaSet");
	// Two of three nodes are away; their pods take a second to leave, and are looked for each second.
	expect(servers().map(({ spec }) => spec.nodeName)).toEqual(["c", "c", "c"]);
	expect(plane.cell.nodeNamed("a")).toBeDefined();
	plane.runFor(200);
	expect(told).toEqual([
		"0 a UpgradeStarted",
		"0 b UpgradeStarted",
		"2 a NodeDrained",
		"2 b NodeDrained",
		"62 a UpgradeFinished",
		"62 c UpgradeStarted",
		"62 b UpgradeFinished",
		"64 c NodeDrained",
		"124 c UpgradeFinished",
	]);
	expect(agents().map(({ metadata }) => metadata.uid)).toEqual(before);
	expect(plane.cell.nodes.specs.map(({ unschedulable }) => unschedulable)).toEqual([false, false, false]);
});
