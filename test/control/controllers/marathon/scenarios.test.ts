/** What Marathon does, as logs of tasks and deployments. */
import { describe, expect, test } from "vitest";
import { lostUs } from "../../../../src/control/controllers/mesos-agents.js";
import { SECOND } from "../../../../src/engine/time.js";
import { node } from "../../../support/cells.js";
import { MesosPlane } from "../../../support/mesos-planes.js";

const APP = { cpus: 0.5, mem: 32, cmd: "1" };

function plane(version = "1.4", nodes = 3): MesosPlane {
	const named = Array.from({ length: nodes }, (_, n) => node(`n${n}`, { cpu: 16_000, memory: 64e9 }));
	return new MesosPlane({ nodes: named, params: { version } });
}

/** The log since the last time, without names of tasks. */
function told(test: MesosPlane, pattern: RegExp): readonly string[] {
	return test.log
		.splice(0)
		.filter((line) => pattern.test(line))
		.map((line) => line.replace(/\.[a-z0-9]{5}( |$)/, "$1"));
}

function refusal(answer: ReturnType<MesosPlane["tryCreate"]>): string {
	if ("mistakes" in answer) return answer.mistakes.map(({ message }) => message).join("; ");
	return answer.ok ? "" : `${answer.error.code} ${answer.error.message}`;
}

describe("deployments", () => {
	test("begin with what others depend on", () => {
		const test = plane();
		test.create("Group", "/shop", {
			apps: [
				{ id: "web", ...APP, instances: 2, dependencies: ["db"] },
				{ id: "db", ...APP },
			],
		});
		test.runFor(10);
		expect(told(test, / runs|deployment/)).toEqual([
			"0 deployment-1 begins",
			"0.01 deployment-1 step 1 done",
			"0.52 shop_db runs",
			"0.54 deployment-1 step 2 done",
			// Offers come when Marathon revives, 5 s after the last time.
			"5.52 shop_web runs",
			"5.52 shop_web runs",
			"5.54 deployment-1 step 3 done",
			"5.55 deployment-1 is over",
		]);
	});

	test("lock their apps: a second one is refused, or cancels the first by force", () => {
		const test = plane();
		test.create("App", "/web", { ...APP, instances: 3 });
		test.runFor(10);
		test.patch("App", "/web", { cmd: "2", instances: 100 });
		test.runFor(1);
		expect(refusal(test.tryPatch("App", "/web", { instances: 2 }))).toBe(
			"409 App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>': deployment-2",
		);
		expect(test.app("/web")!.spec.instances).toBe(100);
		test.patch("App", "/web", { instances: 2 }, { "cellsim.io/force": "true" });
		test.runFor(60);
		expect([test.pods.length, test.app("/web")!.metadata.annotations]).toEqual([2, {}]);
	});

	test("are rolled back in one step by deleting them", () => {
		const test = plane();
		test.create("App", "/web", { ...APP, instances: 3, healthChecks: [{ intervalSeconds: 5 }] });
		test.runFor(60);
		// Never healthy: the deployment hangs, and the old ones stay.
		test.patch("App", "/web", { cmd: "2" }, { "cellsim.io/ready-after": "never" });
		test.runFor(60);
		expect(test.pods.length).toBe(6);
		test.log.length = 0;
		expect(test.delete("MarathonDeployment", "/web").ok).toBe(true);
		test.runFor(60);
		expect(told(test, /deployment/)).toEqual([
			"120 deployment-2 is over",
			"120 deployment-3 begins",
			"125.08 deployment-3 step 1 done",
			"125.09 deployment-3 is over",
		]);
		expect([test.app("/web")!.spec.cmd, test.pods.length]).toEqual(["1", 3]);
	});

	test("that are deleted by force only end, and leave mixed versions", () => {
		const test = plane();
		test.create("App", "/web", { ...APP, instances: 2 });
		test.runFor(10);
		test.patch("App", "/web", { cmd: "2", healthChecks: [{}] }, { "cellsim.io/ready-after": "never" });
		test.runFor(10);
		test.delete("MarathonDeployment", "/web", true);
		test.runFor(400);
		// The scale check of 315 s kills the two that are too many, the youngest first.
		expect(test.pods.map(({ metadata }) => metadata.labels["marathon/version"])).toEqual(["1", "1"]);
		expect([...test.plane.server.list("MarathonDeployment")]).toEqual([]);
	});
});

describe("health", () => {
	test("an instance that is not healthy after its grace is killed at its third failure", () => {
		const test = plane();
		const healthChecks = [{ gracePeriodSeconds: 60, intervalSeconds: 20, maxConsecutiveFailures: 3 }];
		test.create("App", "/web", { ...APP, healthChecks }, { "cellsim.io/ready-after": "never" });
		test.runFor(115);
		// Checked at 5, 25, ...; it runs since 0.5: failures count from 65 on: 65, 85, 105.
		expect(told(test, /runs|deleted/)).toEqual(["0.52 web runs", "105.03 web deleted", "105.54 web runs"]);
	});

	test("a readiness check holds a deployment up until the new instance is ready", () => {
		const test = plane();
		const ready = { "cellsim.io/ready-after": "45s" };
		test.create("App", "/web", { ...APP, readinessChecks: [{ intervalSeconds: 30 }] }, ready);
		test.runFor(100);
		// It runs at 0.52, and is looked at then, at 30.52 and at 60.52.
		expect(told(test, /deployment/).slice(-2)).toEqual([
			"60.53 deployment-1 step 2 done",
			"60.54 deployment-1 is over",
		]);
	});
});

describe("failures", () => {
	test("make the next launch wait: 10 s, 1.15 times as long, and so on", () => {
		const test = plane();
		test.create(
			"App",
			"/web",
			{ ...APP, backoffSeconds: 10 },
			{ "cellsim.io/run-time": "1s", "cellsim.io/exit": "failed" },
		);
		test.runFor(60);
		const times = told(test, /failed| on /).map((line) => Number(line.split(" ")[0]));
		const waits = times.flatMap((time, i) =>
			i % 2 === 0 && i > 0 ? [Math.round((time - times[i - 1]!) * 10) / 10] : [],
		);
		// 10, 11.5, 13.225, 15.2, each plus the time of writes and offers.
		expect(waits.map(Math.floor)).toEqual([10, 11, 13, 15]);
	});

	test("an agent is lost 75 s after the first ping that it does not answer", () => {
		expect(lostUs(100 * SECOND) / SECOND).toBe(190);
	});

	test.each([
		// Lost, and started anew at once; unreachable, and replaced after 300 s, or at once.
		["1.0", 75, 95],
		["1.4", 375, 395],
		["1.11", 75, 95],
	])("Mesos %s replaces what was on a silent agent after %i to %i s", (version, least, most) => {
		const test = plane(version, 2);
		test.create("App", "/web", { ...APP, instances: 2, constraints: [["hostname", "MAX_PER", "2"]] });
		test.runFor(60);
		const lost = test.pods[0]!.spec.nodeName;
		test.cell.setNodeSilent(test.cell.nodeNamed(lost)!, true);
		test.log.length = 0;
		test.runFor(900);
		const [first] = told(test, / on /).map((line) => Number(line.split(" ")[0]) - 60);
		expect(first).toBeGreaterThanOrEqual(least);
		expect(first).toBeLessThanOrEqual(most);
		expect(test.pods.map(({ spec }) => spec.nodeName).includes(lost)).toBe(false);
	});

	test("an agent that comes back before its instance is given up has it still, and the replacement goes", () => {
		const test = plane("1.4", 2);
		test.create("App", "/web", { ...APP });
		test.runFor(60);
		const [old] = test.pods;
		const agent = test.cell.nodeNamed(old!.spec.nodeName)!;
		test.cell.setNodeSilent(agent, true);
		test.runFor(450);
		expect(test.pods.length).toBe(2);
		test.cell.setNodeSilent(agent, false);
		test.runFor(60);
		expect(test.pods.map(({ metadata }) => metadata.uid)).toEqual([old!.metadata.uid]);
	});

	test("a resident instance comes back to the node of its reservation", () => {
		const test = plane("1.4", 4);
		test.create("App", "/db", {
			...APP,
			residency: {},
			upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 },
		});
		test.runFor(60);
		for (let crash = 0; crash < 3; crash++) {
			const [pod] = [...test.cell.pods.all()];
			test.cell.endPod(pod!, "failed");
			test.runFor(60);
		}
		const nodes = told(test, / on /).map((line) => line.split(" on ")[1]);
		expect(nodes).toEqual(Array(4).fill(nodes[0]));
	});
});

test.each([
	["YOUNGEST_FIRST", [1, 2]],
	["OLDEST_FIRST", [3, 4]],
])("scaling down kills the %s", (killSelection, left) => {
	const test = plane();
	test.create("App", "/web", { ...APP, instances: 2, killSelection });
	test.runFor(10);
	const first = test.pods.map(({ metadata }) => metadata.uid);
	test.patch("App", "/web", { instances: 4 });
	test.runFor(10);
	const all = test.pods.map(({ metadata }) => metadata.uid);
	expect(all.slice(0, 2)).toEqual(first);
	test.patch("App", "/web", { instances: 2 });
	test.runFor(10);
	expect(test.pods.map(({ metadata }) => all.indexOf(metadata.uid) + 1)).toEqual(left);
});

test("UNIQUE hosts: one each, and the fourth of three waits", () => {
	const test = plane();
	test.create("App", "/web", { ...APP, instances: 4, constraints: [["hostname", "UNIQUE"]] });
	test.runFor(300);
	expect(test.pods.map(({ spec }) => spec.nodeName).sort()).toEqual(["", "n0", "n1", "n2"]);
});

test("what Marathon refuses", () => {
	const test = plane("0.28");
	const bad = (change: object, name = "/web") => refusal(test.tryCreate("App", name, { ...APP, ...change }));
	expect([
		bad({ upgradeStrategy: { minimumHealthCapacity: 1.5 } }),
		bad({ upgradeStrategy: { maximumOverCapacity: -0.1 } }),
		bad({}, "/Web"),
		bad({ constraints: [["hostname", "NEAR"]] }),
		bad({ constraints: [["hostname", "MAX_PER", "2"]] }),
		bad({ constraints: [["rack", "LIKE", "["]] }),
		bad({ cmd: null }),
		bad({ readinessChecks: [{}, {}] }),
		bad({ replicas: 3 }),
	]).toEqual([
		"got a number, but it must be between 0.0 and 1.0",
		"got a number, but it must be between 0.0 and 1.0",
		"422 App /Web: '/Web' is not an id: path elements may only contain lowercase letters, digits, hyphens, and dots inside, as /product/db",
		"Constraint operator must be one of the following UNIQUE, CLUSTER, GROUP_BY, LIKE, UNLIKE, MAX_PER, IS, got 'NEAR'",
		"422 App /web: constraints: Marathon 1.1 knows no operator MAX_PER: it must be one of UNIQUE, CLUSTER, GROUP_BY, LIKE, UNLIKE",
		"LIKE needs a regular expression, got '['",
		"AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'",
		"At most one readiness check is supported by Marathon",
		"unknown key 'replicas'",
	]);
});
