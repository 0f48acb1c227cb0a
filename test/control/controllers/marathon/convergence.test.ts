/** Whatever happens to an app, once it stops the cell comes to exactly what is declared. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { node } from "../../../support/cells.js";
import { MesosPlane } from "../../../support/mesos-planes.js";

const strategy = fc.record({
	minimumHealthCapacity: fc.constantFrom(0, 0.5, 1),
	maximumOverCapacity: fc.constantFrom(0, 0.3, 1),
});

const steps = fc.array(
	fc.record({
		afterSeconds: fc.double({ min: 0, max: 90, noNaN: true }),
		what: fc.oneof(
			fc.record({ kind: fc.constant("scale" as const), instances: fc.nat(8), force: fc.boolean() }),
			fc.record({ kind: fc.constant("update" as const), version: fc.nat(3), strategy, force: fc.boolean() }),
			fc.record({ kind: fc.constant("roll back" as const) }),
			fc.record({ kind: fc.constant("remove" as const), force: fc.boolean() }),
			fc.record({ kind: fc.constant("create" as const), instances: fc.nat(8) }),
			fc.record({ kind: fc.constant("lose" as const), node: fc.nat(2) }),
			fc.record({ kind: fc.constant("find" as const), node: fc.nat(2) }),
			fc.record({ kind: fc.constant("crash" as const), which: fc.nat() }),
		),
	}),
	{ maxLength: 10 },
);

const APP = { cpus: 0.5, mem: 0.0001, cmd: "0" };

test.each(["0.28", "1.0", "1.4", "1.11"])("Mesos %s", (version) => {
	fc.assert(
		fc.property(steps, fc.nat(6), fc.boolean(), (happens, instances, checked) => {
			const test = new MesosPlane({
				nodes: [0, 1, 2, 3].map((n) => node(`n${n}`, { cpu: 16_000 })),
				params: { version },
			});
			const healthChecks = checked ? [{ intervalSeconds: 3, gracePeriodSeconds: 10 }] : [];
			test.create("App", "/web", { ...APP, instances, healthChecks });
			for (const { afterSeconds, what } of happens) {
				test.runFor(afterSeconds);
				const forced = "force" in what && what.force ? { "cellsim.io/force": "true" } : {};
				const there = test.app("/web") !== undefined;
				if (what.kind === "scale" && there) test.tryPatch("App", "/web", { instances: what.instances }, forced);
				if (what.kind === "update" && there)
					test.tryPatch("App", "/web", { cmd: String(what.version), upgradeStrategy: what.strategy }, forced);
				if (what.kind === "roll back") test.delete("MarathonDeployment", "/web");
				if (what.kind === "remove") test.delete("App", "/web", what.force);
				if (what.kind === "create") test.tryCreate("App", "/web", { ...APP, instances: what.instances });
				if (what.kind === "lose") test.cell.setNodeSilent(what.node as never, true);
				if (what.kind === "find") test.cell.setNodeSilent(what.node as never, false);
				if (what.kind === "crash") crash(test, what.which);
			}
			// Long enough for an expunge (600 s), an orphan's end (600 s) and a deployment after each.
			test.runFor(3_000);
			const app = test.app("/web");
			const { pods } = test;
			expect(pods.length).toBe(app?.spec.instances ?? 0);
			for (const { status, spec } of pods) {
				expect(status.phase).toBe("Running");
				expect(test.cell.nodes.specs.find(({ name }) => name === spec.nodeName)!.taints).toEqual([]);
			}
			expect([...test.plane.server.list("MarathonDeployment")]).toEqual([]);
			const mayBeMixed = happens.some(({ what }) => "force" in what && what.force);
			if (!mayBeMixed)
				for (const { metadata } of pods) expect(metadata.labels["marathon/version"]).toBe(String(app!.status.version));
			// The cell has the same pods, and nothing else.
			expect(test.cell.pods.live).toBe(pods.length);
		}),
		{ seed: 8, numRuns: 60 },
	);
});

function crash(test: MesosPlane, which: number): void {
	const running = [...test.cell.pods.all()].filter((pod) => test.cell.pod(pod).node >= 0);
	const pod = running[which % Math.max(1, running.length)];
	if (pod !== undefined && test.cell.pod(pod).leaving === null) test.cell.endPod(pod, "failed");
}
