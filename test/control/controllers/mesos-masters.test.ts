/** What the loss of Mesos' master costs: apps and jobs, agents that come back to the next one, and agents that do not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeObject } from "../../../src/control/kinds/node.js";
import { node } from "../../support/cells.js";
import { MesosPlane } from "../../support/mesos-planes.js";

const APP = { cpus: 0.5, mem: 32, cmd: "1" };

/** At 60 s an app of two instances runs. */
function started(version: string, masters = 2): MesosPlane {
	const nodes = [0, 1].map((n) => node(`n${n}`, { cpu: 16_000, memory: 64e9 }));
	const test = new MesosPlane({ nodes, params: { version, masters } });
	test.create("App", "/web", { ...APP, instances: 2, constraints: [["hostname", "MAX_PER", "6"]] });
	test.runFor(60);
	test.log.length = 0;
	return test;
}

/** Seconds since 60 s of what matches. */
function times(test: MesosPlane, pattern: RegExp): readonly number[] {
	return test.log.filter((line) => pattern.test(line)).map((line) => Number(line.split(" ")[0]) - 60);
}

const reasons = (test: MesosPlane) =>
	([...test.plane.server.list("Node")] as NodeObject[]).map(({ spec, status }) =>
		`${status.ready.reason} ${spec.taints.map(({ key }) => key).join(",")}`.trim(),
	);

test("tasks go on and nothing is launched until another master has frameworks and agents again", () => {
	const test = started("1.4");
	test.plane.fail("master", 1);
	test.patch("App", "/web", { instances: 4 });
	test.runFor(120);
	expect(times(test, /killed|failed|deleted/)).toEqual([]);
	const launches = times(test, / on /);
	expect(launches).toHaveLength(2);
	// The session ends 6.7 to 10 s after the failure; 0.1 s for the registry, up to 2 s for frameworks and a second until the next round.
	expect(Math.min(...launches)).toBeGreaterThan(6.6);
	expect(Math.max(...launches)).toBeLessThan(10 + 0.1 + 2 + 1 + 5);
	expect(reasons(test)).toEqual(["KubeletReady", "KubeletReady"]);
});

test("without another master nothing is launched, killed or told of", () => {
	const test = started("1.4", 1);
	test.plane.fail("master", 1);
	const [first] = [...test.cell.pods.all()];
	test.cell.endPod(first!, "failed");
	test.patch("App", "/web", { instances: 1 });
	test.runFor(600);
	expect(times(test, / on |deleted/)).toEqual([]);
	// Marathon knows nothing of the end.
	expect(test.pods.filter(({ status }) => status.phase === "Running").length).toBe(2);
	test.plane.recover("master", 1);
	test.runFor(60);
	expect(test.pods.filter(({ status }) => status.phase === "Running").length).toBe(1);
});

test.each([
	// Lost after 10 minutes and launched elsewhere; unreachable for 300 s more; no such wait.
	["1.0", 606, 630],
	["1.4", 906, 930],
	["1.11", 606, 630],
])("Mesos %s gives up an agent that does not come back to a new master after 10 minutes", (version, least, most) => {
	const test = started(version);
	const lost = test.pods[0]!.spec.nodeName;
	test.plane.fail("master", 1);
	test.cell.setNodeSilent(test.cell.nodeNamed(lost)!, true);
	test.runFor(100);
	expect(reasons(test).sort()).toEqual(["AgentRecovered mesos/agent-recovered", "KubeletReady"]);
	test.runFor(1500);
	const [first] = times(test, / on /);
	expect(first).toBeGreaterThanOrEqual(least);
	expect(first).toBeLessThanOrEqual(most);
	expect(test.pods.map(({ spec }) => spec.nodeName)).not.toContain(lost);
	test.cell.setNodeSilent(test.cell.nodeNamed(lost)!, false);
	test.runFor(10);
	expect(reasons(test)).toEqual(["KubeletReady", "KubeletReady"]);
});

test("an agent that comes back within 10 minutes has its tasks still, and is offered again", () => {
	const test = started("1.0");
	const lost = test.pods[0]!.spec.nodeName;
	const onLost = () => test.pods.filter(({ spec }) => spec.nodeName === lost).length;
	const before = onLost();
	const agent = test.cell.nodeNamed(lost)!;
	test.plane.fail("master", 1);
	test.cell.setNodeSilent(agent, true);
	test.runFor(500);
	test.patch("App", "/web", { instances: 4 });
	test.runFor(60);
	expect([onLost(), test.pods.length]).toEqual([before, 4]);
	test.cell.setNodeSilent(agent, false);
	test.runFor(500);
	expect(reasons(test)).toEqual(["KubeletReady", "KubeletReady"]);
	expect(times(test, /failed|killed|deleted/)).toEqual([]);
	test.patch("App", "/web", { instances: 12 });
	test.runFor(60);
	expect(onLost()).toBeGreaterThan(before);
	// From then on it is pinged again: 75 to 90 s.
	test.cell.setNodeSilent(agent, true);
	test.runFor(74);
	expect(reasons(test)).toEqual(["KubeletReady", "KubeletReady"]);
	test.runFor(17);
	expect(reasons(test).sort()).toEqual(["AgentLost mesos/agent-lost", "KubeletReady"]);
});

test("whatever fails, in the end every agent is back and the app has its instances, each once", () => {
	const step = fc.tuple(
		fc.constantFrom("fail", "recover", "silence", "hear", "scale", "crash"),
		fc.nat(3),
		fc.constantFrom(0.5, 7, 45, 400, 1000),
	);
	fc.assert(
		fc.property(fc.constantFrom("1.0", "1.4", "1.11"), fc.array(step, { maxLength: 12 }), (version, steps) => {
			const test = started(version, 3);
			let wanted = 2;
			for (const [what, n, seconds] of steps) {
				if (what === "fail") test.plane.fail("master", n);
				if (what === "recover") test.plane.recover("master", n);
				if (what === "silence" || what === "hear")
					test.cell.setNodeSilent(test.cell.nodeNamed(`n${n % 2}`)!, what === "silence");
				if (what === "scale" && "ok" in test.tryPatch("App", "/web", { instances: n }, { "cellsim.io/force": "true" }))
					wanted = n;
				const [pod] = [...test.cell.pods.all()];
				if (what === "crash" && pod !== undefined && test.cell.pod(pod).node >= 0) test.cell.endPod(pod, "failed");
				test.runFor(seconds);
			}
			test.plane.recover("master");
			for (const name of ["n0", "n1"]) test.cell.setNodeSilent(test.cell.nodeNamed(name)!, false);
			test.runFor(3600);
			expect(reasons(test)).toEqual(["KubeletReady", "KubeletReady"]);
			expect(test.pods.map(({ status }) => status.phase)).toEqual(Array(wanted).fill("Running"));
			expect([...test.cell.pods.all()]).toHaveLength(wanted);
		}),
		{ seed: 3, numRuns: 40 },
	);
});
