/** Services and their tasks. A container starts half a second after its binding and leaves a second after SIGTERM. */
import { describe, expect, test } from "vitest";
import { isClean, isRunning, slotOf } from "../../../../src/control/controllers/swarm/tasks.js";
import type { SwarmVersion } from "../../../../src/control/controllers/swarm/version.js";
import type { NodeObject } from "../../../../src/control/kinds/node.js";
import { node } from "../../../support/cells.js";
import { type SwarmPlane, swarmPlane } from "./swarm-plane.js";

const image = "web:1";

describe("a replicated service", () => {
	test("fills the lowest free slots, and gives up those on the fullest nodes first", () => {
		const swarm = swarmPlane(3);
		swarm.create("web", { image, deploy: { replicas: 5 } });
		swarm.plane.runFor(2);
		expect(swarm.running("web")).toBe("1 2 3 4 5");
		swarm.update("web", { deploy: { replicas: 3 } });
		swarm.plane.runFor(3);
		// Five on three nodes are 2:2:1 (1 and 4, 2 and 5, 3): the second ones of the first two go.
		expect(swarm.running("web")).toBe("1 2 3");
		swarm.update("web", { deploy: { replicas: 4 } });
		swarm.plane.runFor(2);
		expect(swarm.running("web")).toBe("1 2 3 4");
		expect(swarm.service("web").status).toEqual({ desired: 4, tasks: 4, running: 4, updated: 4, update: "none" });
	});

	test("passes through each number that it was told", () => {
		const swarm = swarmPlane(3);
		swarm.create("web", { image, deploy: { replicas: 1 } });
		swarm.plane.runFor(2);
		swarm.update("web", { deploy: { replicas: 30 } });
		swarm.plane.runFor(0.1);
		swarm.update("web", { deploy: { replicas: 2 } });
		swarm.plane.runFor(0.2);
		expect(swarm.tasks("web")).toHaveLength(30);
		swarm.plane.runFor(2);
		expect(swarm.tasks("web")).toHaveLength(2);
	});

	test("a number that there is no room for is passed through, too", () => {
		const swarm = swarmPlane(1);
		swarm.create("web", { image, deploy: { replicas: 500 } });
		swarm.plane.runFor(5);
		expect(swarm.service("web").status.running).toBe(110);
		swarm.update("web", { deploy: { replicas: 400 } });
		swarm.update("web", { deploy: { replicas: 3 } });
		swarm.plane.runFor(5);
		expect(swarm.tasks("web")).toHaveLength(3);
	});

	test("goes with all its tasks, and another of its name begins anew", () => {
		const swarm = swarmPlane(2);
		swarm.create("web", { image, deploy: { replicas: 4 } });
		swarm.plane.runFor(2);
		swarm.remove("web");
		swarm.create("web", { image, deploy: { replicas: 1 } });
		swarm.plane.runFor(3);
		expect(swarm.plane.pods.map(slotOf)).toEqual(["1"]);
		swarm.remove("web");
		swarm.plane.runFor(3);
		expect(swarm.plane.pods).toEqual([]);
	});
});

describe("where tasks of a service go", () => {
	const nodesOf = (swarm: SwarmPlane) =>
		swarm
			.tasks("web")
			.map(({ spec }) => spec.nodeName || "none")
			.sort()
			.join(" ");

	test("is spread over the values of a label that it prefers, then over nodes", () => {
		// n-0 and n-2 are ssd, n-1 is hdd.
		const swarm = swarmPlane(3);
		const placement = { preferences: [{ spread: "node.labels.disk" }] };
		swarm.create("web", { image, deploy: { replicas: 4, placement } });
		swarm.plane.runFor(2);
		expect(nodesOf(swarm)).toBe("n-0 n-1 n-1 n-2");
		swarm.update("web", { deploy: { replicas: 6 } });
		swarm.plane.runFor(2);
		expect(nodesOf(swarm)).toBe("n-0 n-0 n-1 n-1 n-1 n-2");
		swarm.availability("n-1", "drain");
		swarm.plane.runFor(20);
		expect(nodesOf(swarm)).toBe("n-0 n-0 n-0 n-2 n-2 n-2");
	});

	test("is bounded by how many of them a node may have, and the others wait until a node comes", () => {
		const swarm = swarmPlane(3, "19.03");
		swarm.create("web", { image, deploy: { replicas: 6, placement: { max_replicas_per_node: 1 } } });
		swarm.create("other", { image, deploy: { replicas: 3 } });
		swarm.plane.runFor(2);
		expect(nodesOf(swarm)).toBe("n-0 n-1 n-2 none none none");
		expect(swarm.running("other")).toBe("1 2 3");
		const waiting = swarm.tasks("web").find(({ spec }) => spec.nodeName === "")!;
		expect(waiting.status.unschedulable).toContain("3 max replicas per node limit exceed");
		swarm.plane.cell.addNode(node("n-3"));
		swarm.plane.runFor(2);
		expect(nodesOf(swarm)).toBe("n-0 n-1 n-2 n-3 none none");
	});

	test("an update of a service with one task a node stops the old one first, and stays where it is", () => {
		const swarm = swarmPlane(3, "19.03");
		swarm.create("web", { image, deploy: { replicas: 3, placement: { max_replicas_per_node: 1 } } });
		swarm.plane.runFor(2);
		swarm.update("web", { image: "web:2" });
		swarm.plane.runFor(30);
		expect([nodesOf(swarm), swarm.service("web").status.update]).toEqual(["n-0 n-1 n-2", "completed"]);
	});
});

describe("a node that is lost", () => {
	test("is down 9 s to 16.5 s after it fell silent, and its tasks run elsewhere 5 s later", () => {
		const times = Array.from({ length: 20 }, (_, seed) => {
			const swarm = swarmPlane(3, "17.05", String(seed));
			swarm.create("web", { image, deploy: { replicas: 6 } });
			swarm.plane.runFor(5);
			swarm.silence("n-0", true);
			let down = Number.NaN;
			for (let tenths = 1; ; tenths++) {
				swarm.plane.runFor(0.1);
				const { metadata, status } = swarm.plane.plane.server.get("Node", "/n-0") as never as {
					readonly metadata: object;
					readonly status: { readonly ready: { readonly status: string } };
				};
				expect(metadata).toBeDefined();
				if (Number.isNaN(down) && status.ready.status === "False") down = tenths / 10;
				const elsewhere = swarm.tasks("web").filter(({ spec, status }) => spec.nodeName !== "n-0" && status.ready);
				if (elsewhere.length === 6) return { down, again: tenths / 10 - down };
			}
		});
		for (const { down, again } of times) {
			expect(down).toBeGreaterThanOrEqual(9);
			expect(down).toBeLessThanOrEqual(16.6);
			// The new containers are made ready meanwhile.
			expect(again).toBeGreaterThanOrEqual(4.9);
			expect(again).toBeLessThanOrEqual(5.2);
		}
		expect(new Set(times.map(({ down }) => down)).size).toBeGreaterThan(10);
	});

	test("nobody comes back to it by itself, and what it had is stopped there", () => {
		const swarm = swarmPlane(2);
		swarm.create("web", { image, deploy: { replicas: 4 } });
		swarm.plane.runFor(5);
		swarm.silence("n-0", true);
		swarm.plane.runFor(30);
		swarm.silence("n-0", false);
		swarm.plane.runFor(10);
		expect(swarm.plane.pods.map(({ spec }) => spec.nodeName)).toEqual(["n-1", "n-1", "n-1", "n-1"]);
		swarm.update("web", { deploy: { replicas: 6 } });
		swarm.plane.runFor(5);
		expect(swarm.plane.pods.filter(({ spec }) => spec.nodeName === "n-0")).toHaveLength(2);
	});
});

test("a drained node is left as soon as the old tasks stop, a paused one keeps its own and gets no more", () => {
	const swarm = swarmPlane(3);
	swarm.create("web", { image, deploy: { replicas: 6 } });
	swarm.plane.runFor(5);
	swarm.availability("n-0", "cordon");
	swarm.availability("n-1", "drain");
	// A second until the old ones have stopped, not the restart delay of five.
	swarm.plane.runFor(1.5);
	const nodes = () =>
		swarm
			.tasks("web")
			.filter(({ status }) => status.ready)
			.map(({ spec }) => spec.nodeName)
			.sort();
	expect(nodes()).toEqual(["n-0", "n-0", "n-2", "n-2", "n-2", "n-2"]);
	swarm.availability("n-1", "uncordon");
	swarm.update("web", { deploy: { replicas: 8 } });
	swarm.plane.runFor(5);
	expect(nodes()).toEqual(["n-0", "n-0", "n-1", "n-1", "n-2", "n-2", "n-2", "n-2"]);
});

test("a global service has a task on each active node that its constraints allow", () => {
	const swarm = swarmPlane(5);
	const placement = { constraints: ["node.labels.disk==ssd", "node.hostname != n-4"] };
	swarm.create("agent", { image, deploy: { mode: "global", placement } });
	swarm.plane.runFor(2);
	expect(swarm.running("agent")).toBe("n-0 n-2");
	swarm.availability("n-0", "drain");
	swarm.plane.runFor(5);
	expect(swarm.running("agent")).toBe("n-2");
	swarm.availability("n-0", "uncordon");
	swarm.silence("n-2", true);
	swarm.plane.runFor(30);
	expect(swarm.running("agent")).toBe("n-0");
	swarm.silence("n-2", false);
	swarm.plane.runFor(10);
	expect(swarm.running("agent")).toBe("n-0 n-2");
});

describe("a task that ends by itself", () => {
	const labels = (exit: string) => ({ "cellsim.io/run-time": "3s", "cellsim.io/exit": exit });
	const started = (policy: object, exit: string, seconds: number) => {
		const swarm = swarmPlane(1);
		swarm.create("job", { image, labels: labels(exit), deploy: { replicas: 1, restart_policy: policy } });
		swarm.plane.runFor(seconds);
		return swarm.plane.pods.length;
	};

	test.each([
		// Starts at 0.5 s and each 8 s after (3 s of running, 5 s of delay); the next one is there as soon as one has ended: at 19.5 s the 4th.
		["any", {}, "succeeded", 20, 4],
		// Starts each 4 s: at 19.5 s the 6th.
		["any, after a second", { delay: "1s" }, "failed", 20, 6],
		["on-failure", { condition: "on-failure" }, "succeeded", 20, 1],
		["on-failure", { condition: "on-failure" }, "failed", 20, 4],
		["none", { condition: "none" }, "failed", 20, 1],
		["twice at most", { max_attempts: 2 }, "failed", 60, 3],
		// Ends are a little more than 8 s apart: the 6th comes at 35.5 s.
		["once in 8 s at most", { max_attempts: 1, window: "8s" }, "failed", 40, 6],
		["once in 20 s at most", { max_attempts: 1, window: "20s" }, "failed", 40, 2],
		// The one that runs and five of the past.
		["any, history", { delay: "0s" }, "failed", 60, 6],
	])("is restarted by its policy: %s", (_what, policy, exit, seconds, tasks) => {
		expect(started(policy, exit, seconds)).toBe(tasks);
	});
});

describe("a node that no longer meets the constraints of its tasks", () => {
	const placement = { constraints: ["node.labels.disk==ssd"] };
	const nodesAfter = (version: SwarmVersion, policy: object, availability: "cordon" | "uncordon", seconds: number) => {
		const swarm = swarmPlane(4, version);
		swarm.create("web", { image, deploy: { replicas: 4, placement, restart_policy: policy } });
		swarm.plane.runFor(5);
		swarm.availability("n-0", availability);
		swarm.plane.plane.patch("Node", "/n-0", { metadata: { labels: { disk: "hdd" } } });
		swarm.plane.runFor(seconds);
		return swarm
			.tasks("web")
			.filter(({ status }) => status.ready)
			.map(({ spec }) => spec.nodeName)
			.sort()
			.join(" ");
	};
	test.each([
		["loses them at once", "17.05", {}, "uncordon", 3, "n-2 n-2"],
		["they come back elsewhere after the restart delay", "17.05", {}, "uncordon", 8, "n-2 n-2 n-2 n-2"],
		["if their policy restarts what has failed", "17.05", { condition: "none" }, "uncordon", 60, "n-2 n-2"],
		["while it is paused it keeps them", "17.05", {}, "cordon", 60, "n-0 n-0 n-2 n-2"],
		["in 1.13 as well", "1.13", {}, "uncordon", 8, "n-2 n-2 n-2 n-2"],
		["in 1.12 they stay", "1.12", {}, "uncordon", 60, "n-0 n-0 n-2 n-2"],
	] as const)("%s", (_what, version, policy, availability, seconds, expected) => {
		expect(nodesAfter(version, policy, availability, seconds)).toBe(expected);
	});
});

test.each([
	["17.05", 0],
	["1.12", 2],
] as const)("tasks of a node that has been down for a day are waited for no longer: %s", (version, left) => {
	const swarm = swarmPlane(2, version);
	swarm.create("web", { image, deploy: { replicas: 4 } });
	swarm.plane.runFor(5);
	swarm.silence("n-0", true);
	const lost = () => swarm.plane.pods.filter(({ spec }) => spec.nodeName === "n-0").length;
	swarm.plane.runFor(23.9 * 3600);
	expect(lost()).toBe(2);
	swarm.plane.runFor(0.2 * 3600);
	expect(lost()).toBe(left);
	swarm.silence("n-0", false);
	swarm.plane.runFor(60);
	expect(lost()).toBe(0);
	expect([...swarm.plane.cell.pods.all()]).toHaveLength(4);
});

describe("a leader that is lost", () => {
	const led = () => {
		const swarm = swarmPlane(3, "17.05", "1", 3);
		swarm.create("web", { image, deploy: { replicas: 6, update_config: { delay: "2s" } } });
		swarm.plane.runFor(5);
		return swarm;
	};
	const states = (swarm: SwarmPlane) =>
		[0, 1, 2].map((i) => (swarm.plane.plane.server.get("Node", `/n-${i}`) as NodeObject).status.ready.status).join(" ");

	test("has no task stopped; the next one knows nodes again when their agents have found it", () => {
		const swarm = led();
		const before = swarm.tasks("web");
		swarm.plane.plane.fail("manager", 1);
		// Three to five seconds less one until there is a leader, and eight for agents.
		swarm.plane.runFor(5);
		expect(states(swarm)).toContain("Unknown");
		swarm.plane.runFor(8);
		expect(states(swarm)).toBe("True True True");
		expect(swarm.tasks("web").map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
	});

	test("a node that falls silent meanwhile is down three periods after the next one leads, and its tasks move", () => {
		const swarm = led();
		swarm.plane.plane.fail("manager", 1);
		swarm.silence("n-0", true);
		swarm.plane.runFor(17);
		expect(states(swarm)).toBe("Unknown True True");
		// 2 to 5 s, 15 s, 5 s of restart delay, and the start.
		swarm.plane.runFor(10);
		expect(states(swarm)).toBe("False True True");
		expect(swarm.tasks("web").every((task) => isRunning(task) && task.spec.nodeName !== "n-0")).toBe(true);
	});

	test("an update goes on where it was", () => {
		const swarm = led();
		swarm.update("web", { image: "next:1" });
		swarm.plane.runFor(6);
		swarm.plane.plane.fail("manager", 1);
		swarm.plane.runFor(2);
		const updated = () => swarm.tasks("web").filter((task) => isClean(task, swarm.service("web").spec)).length;
		expect([0 < updated(), updated() < 6]).toEqual([true, true]);
		swarm.plane.runFor(60);
		expect([updated(), swarm.service("web").status.update]).toEqual([6, "completed"]);
	});

	test("two of three lost: nothing changes until one is back", () => {
		const swarm = led();
		swarm.plane.plane.fail("manager", 2);
		swarm.silence("n-0", true);
		swarm.plane.runFor(600);
		expect(swarm.running("web").split(" ")).toHaveLength(6);
		expect(swarm.plane.plane.delete("Service", "default/web")).toMatchObject({ ok: false, error: { code: 503 } });
		swarm.plane.plane.recover("manager", 1);
		swarm.plane.runFor(60);
		expect(swarm.tasks("web").some(({ spec }) => spec.nodeName === "n-0")).toBe(false);
	});
});
