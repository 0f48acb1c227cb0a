/** Updates of services. A container starts half a second after its binding and leaves a second after SIGTERM. */
import { describe, expect, test } from "vitest";
import { isRunning } from "../../../../src/control/controllers/swarm/tasks.js";
import { type SwarmPlane, swarmPlane } from "./swarm-plane.js";

const image = "web:1";
const next = { image: "web:2" };
const dying = { image: "web:2", labels: { "cellsim.io/run-time": "1s", "cellsim.io/exit": "failed" } };

/** Seconds, in tenths, from now until an update has ended; and the fewest and most tasks that ran meanwhile. */
function watched(swarm: SwarmPlane, name: string) {
	const counts: number[] = [];
	for (let tenths = 1; tenths <= 1200; tenths++) {
		swarm.plane.runFor(0.1);
		counts.push(swarm.tasks(name).filter(isRunning).length);
		const { update } = swarm.service(name).status;
		if (update !== "updating" && update !== "none")
			return { update, seconds: tenths / 10, fewest: Math.min(...counts), most: Math.max(...counts) };
	}
	throw new Error("it never ends");
}

function updated(version: "1.12" | "1.13" | "17.05", config: object, change: object = next) {
	const swarm = swarmPlane(4, version);
	swarm.create("web", { image, deploy: { replicas: 8, update_config: config } });
	swarm.plane.runFor(5);
	swarm.update("web", change);
	return { swarm, ...watched(swarm, "web") };
}

describe("an update", () => {
	test.each([
		// One by one: 8 x 1 s to stop; the new one is made ready meanwhile.
		["1.12", {}, 8, 7],
		["1.12", { parallelism: 4 }, 2, 4],
		["1.12", { parallelism: 0 }, 1, 0],
		// Two workers, four slots each, and 3 s between: 4 x 1 s + 3 x 3 s.
		["1.12", { parallelism: 2, delay: "3s" }, 13, 6],
	] as const)("%s %j takes %d s, and %d run at least", (version, config, expected, least) => {
		const { update, seconds, fewest, most } = updated(version, config);
		expect(update).toBe("completed");
		expect(seconds).toBeGreaterThanOrEqual(expected);
		expect(seconds).toBeLessThanOrEqual(expected * 1.1 + 0.3);
		expect(fewest).toBe(least);
		expect(most).toBe(8);
	});

	test("watches its last tasks for a while, from 1.13 on", () => {
		expect(updated("1.13", { parallelism: 0 }).seconds).toBeGreaterThan(31);
		expect(updated("17.05", { parallelism: 0 }).seconds).toBeLessThan(7);
	});

	test("can start the new task before the old one stops, from 17.05 on", () => {
		// The old one goes when the new one runs, within a hundredth of a second.
		expect(updated("17.05", { order: "start-first" }).fewest).toBe(8);
		expect(updated("1.13", { order: "start-first" }).fewest).toBe(7);
	});

	test("pauses when a new task fails: the others are as they were", () => {
		const { swarm, update } = updated("1.12", {}, dying);
		expect(update).toBe("paused");
		swarm.plane.runFor(30);
		const images = swarm.tasks("web").map(({ spec }) => JSON.stringify(spec.template.spec));
		expect(images.filter((text) => text.includes("web:1")).length).toBeGreaterThanOrEqual(6);
		swarm.update("web", { image: "web:3", labels: null });
		expect(watched(swarm, "web").update).toBe("completed");
	});

	test("goes on whatever happens, if it is told to", () => {
		const { swarm, update } = updated("17.05", { failure_action: "continue" }, dying);
		expect(update).toBe("completed");
		swarm.plane.runFor(60);
		expect(swarm.service("web").status.updated).toBe(8);
	});

	test("is taken back, from 1.13 on", () => {
		const { swarm } = updated("1.13", { failure_action: "rollback", parallelism: 2 }, dying);
		swarm.plane.runFor(60);
		expect(swarm.service("web").status).toMatchObject({ update: "rollback_completed", running: 8, updated: 8 });
		expect(swarm.service("web").spec.image).toBe("web:1");
	});

	test("stands a share of failures", () => {
		const half = { failure_action: "pause", max_failure_ratio: 0.9, parallelism: 8 };
		const { update } = updated("17.05", half, { ...dying, deploy: { restart_policy: { condition: "none" } } });
		// Eight of eight: more than nine in ten.
		expect(update).toBe("paused");
	});

	test("is overtaken by another one", () => {
		const swarm = swarmPlane(4, "1.12");
		swarm.create("web", { image, deploy: { replicas: 8 } });
		swarm.plane.runFor(5);
		swarm.update("web", next);
		swarm.plane.runFor(3.5);
		swarm.update("web", { image: "web:3" });
		expect(watched(swarm, "web")).toMatchObject({ update: "completed" });
		const images = new Set(swarm.tasks("web").map(({ spec }) => JSON.stringify(spec.template.spec["containers"])));
		expect([...images]).toEqual([expect.stringContaining("web:3")]);
	});
});
