/** Jobs. A container starts half a second after its binding, and runs as long as its label says. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slotOf } from "../../../../src/control/controllers/swarm/tasks.js";
import { node } from "../../../support/cells.js";
import { type SwarmPlane, swarmPlane } from "./swarm-plane.js";

const image = "job:1";

interface JobOptions {
	readonly nodes?: number;
	readonly exit?: "succeeded" | "failed";
	readonly managers?: number;
}

/** A job whose tasks run for 3 s. */
function started(deploy: object, { nodes = 3, exit = "succeeded", managers = 1 }: JobOptions = {}): SwarmPlane {
	const swarm = swarmPlane(nodes, "20.10", "1", managers);
	const labels = { "cellsim.io/run-time": "3s", "cellsim.io/exit": exit };
	swarm.create("job", { image, labels, deploy });
	return swarm;
}

/** Tasks that run, and slots that are complete. */
function counts(swarm: SwarmPlane): string {
	const { running, completed } = swarm.service("job").status;
	return `${running} run, ${completed} complete`;
}

const tried = (swarm: SwarmPlane) => swarm.plane.pods.map(slotOf).sort().join(" ");

describe("a replicated job", () => {
	test("runs so many at once until so many have completed, each in a slot of its own, and then no more", () => {
		const swarm = started({ mode: "replicated-job", replicas: 5, max_concurrent: 2 });
		swarm.plane.runFor(1);
		expect(counts(swarm)).toBe("2 run, 0 complete");
		// 3.5 s each: two until 3.5 s, two until 7 s, the last until 10.5 s.
		swarm.plane.runFor(4);
		expect(counts(swarm)).toBe("2 run, 2 complete");
		swarm.plane.runFor(4);
		expect(counts(swarm)).toBe("1 run, 4 complete");
		swarm.plane.runFor(60);
		expect(counts(swarm)).toBe("0 run, 5 complete");
		expect(tried(swarm)).toBe("1 2 3 4 5");
	});

	test("runs all at once where nothing is said, and once in all", () => {
		const swarm = started({ mode: "replicated-job", replicas: 4 });
		swarm.plane.runFor(1);
		expect(counts(swarm)).toBe("4 run, 0 complete");
		const one = started({ mode: "replicated-job" });
		one.plane.runFor(60);
		expect(tried(one)).toBe("1");
	});

	test.each([
		// Starts at 0.5 s and each 8 s after: the next one is there, and waits, as soon as one has ended; at 19.5 s the 4th.
		["any", {}, 20, "1 1 1 1"],
		// Each 4 s: at 19.5 s the 6th.
		["on-failure", { condition: "on-failure", delay: "1s" }, 20, "1 1 1 1 1 1"],
		["none", { condition: "none" }, 60, "1"],
		["twice at most", { max_attempts: 2 }, 60, "1 1 1"],
	])("restarts what fails by its policy: %s", (_what, restart_policy, seconds, slots) => {
		const swarm = started({ mode: "replicated-job", restart_policy }, { exit: "failed" });
		swarm.plane.runFor(seconds);
		expect(tried(swarm)).toBe(slots);
		expect(counts(swarm)).toContain("0 complete");
	});

	test("fills a slot again that its policy gave up when another task has ended", () => {
		const deploy = { mode: "replicated-job", replicas: 3, max_concurrent: 1, restart_policy: { condition: "none" } };
		const swarm = started(deploy, { exit: "failed" });
		swarm.plane.runFor(60);
		// Nobody looks again: the first has failed, and was counted as running then.
		expect(tried(swarm)).toBe("1");
		const two = started({ ...deploy, max_concurrent: 2 });
		two.plane.runFor(1);
		const [first, second] = two.plane.pods.map(({ metadata }) => two.plane.plane.pods.podOf(metadata.uid)!);
		two.plane.cell.endPod(first!, "failed");
		two.plane.runFor(1);
		expect(tried(two)).toBe("1 2");
		two.plane.cell.endPod(second!, "succeeded");
		two.plane.runFor(1);
		expect(tried(two)).toBe("1 1 2 3");
		two.plane.runFor(60);
		expect(counts(two)).toBe("0 run, 3 complete");
	});

	test("runs anew for any change of its spec, and ends what ran before", () => {
		const swarm = started({ mode: "replicated-job", replicas: 4, max_concurrent: 2 });
		swarm.plane.runFor(5);
		expect(counts(swarm)).toBe("2 run, 2 complete");
		swarm.update("job", { deploy: { replicas: 3 } });
		swarm.plane.runFor(2.5);
		expect(counts(swarm)).toBe("2 run, 0 complete");
		swarm.plane.runFor(60);
		expect(counts(swarm)).toBe("0 run, 3 complete");
		expect(tried(swarm)).toBe("1 2 3");
	});

	test("completes in each slot once, whatever fails, and never has more tasks than it may", () => {
		const shape = fc.record({
			replicas: fc.integer({ min: 0, max: 7 }),
			max_concurrent: fc.integer({ min: 1, max: 4 }),
		});
		const ends = fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 20 });
		fc.assert(
			fc.property(shape, ends, (deploy, early) => {
				const swarm = started({ mode: "replicated-job", ...deploy, restart_policy: { delay: "1s" } });
				const most = Math.min(deploy.replicas, deploy.max_concurrent);
				for (const [which, fails] of early) {
					swarm.plane.runFor(0.7);
					const running = swarm.tasks("job").filter(({ status }) => status.phase === "Running");
					expect(swarm.tasks("job").length).toBeLessThanOrEqual(most);
					const task = running[which];
					if (task === undefined) continue;
					const pod = swarm.plane.plane.pods.podOf(task.metadata.uid)!;
					swarm.plane.cell.endPod(pod, fails ? "failed" : "succeeded");
				}
				swarm.plane.runFor(60);
				const complete = swarm.plane.pods.filter(({ status }) => status.phase === "Succeeded").map(slotOf);
				expect(complete.sort()).toEqual(Array.from({ length: deploy.replicas }, (_, i) => String(i + 1)));
				expect(swarm.tasks("job")).toEqual([]);
			}),
			{ seed: 11, numRuns: 60 },
		);
	});

	test("is gone with all its tasks", () => {
		const swarm = started({ mode: "replicated-job", replicas: 4, max_concurrent: 2 });
		swarm.plane.runFor(5);
		swarm.remove("job");
		swarm.plane.runFor(5);
		expect(swarm.plane.pods).toEqual([]);
	});

	test("goes on under another leader, with what waited for its delay", () => {
		const swarm = started({ mode: "replicated-job", replicas: 2, max_concurrent: 1 }, { managers: 3, exit: "failed" });
		swarm.plane.runFor(4.5);
		expect(tried(swarm)).toBe("1 1");
		swarm.plane.plane.fail("manager", 1);
		swarm.plane.runFor(120);
		expect(swarm.plane.pods.length).toBeGreaterThan(5);
		expect(new Set(swarm.plane.pods.map(slotOf))).toEqual(new Set(["1"]));
	});

	test("cannot become a service, nor a service a job", () => {
		const swarm = started({ mode: "replicated-job" });
		const answer = swarm.plane.plane.patch("Service", "default/job", { spec: { deploy: { mode: "replicated" } } });
		expect(answer).toMatchObject({
			mistakes: [{ path: ["spec", "deploy", "mode"], message: "service mode change is not allowed" }],
		});
	});

	test("waits with tasks for which there is no room, and is bounded in how many a node may have", () => {
		const placement = { max_replicas_per_node: 1 };
		const swarm = started({ mode: "replicated-job", replicas: 5, placement }, { nodes: 2 });
		swarm.plane.runFor(1);
		expect(counts(swarm)).toBe("2 run, 0 complete");
		swarm.plane.runFor(60);
		expect(counts(swarm)).toBe("0 run, 5 complete");
	});
});

describe("a global job", () => {
	test("completes once on each active node that its constraints allow", () => {
		const swarm = swarmPlane(5, "20.10");
		swarm.availability("n-4", "drain");
		const placement = { constraints: ["node.labels.disk==ssd"] };
		const labels = { "cellsim.io/run-time": "3s" };
		swarm.create("job", { image, labels, deploy: { mode: "global-job", placement } });
		swarm.plane.runFor(60);
		expect(tried(swarm)).toBe("n-0 n-2");
		expect(counts(swarm)).toBe("0 run, 2 complete");
	});

	test("runs on a node that has come when it is looked at again: when a task ends", () => {
		const swarm = started({ mode: "global-job" }, { nodes: 2 });
		swarm.plane.runFor(1);
		swarm.plane.cell.addNode(node("n-2"));
		swarm.plane.runFor(1);
		expect(tried(swarm)).toBe("n-0 n-1");
		swarm.plane.runFor(2);
		expect(tried(swarm)).toBe("n-0 n-1 n-2");
		swarm.plane.runFor(10);
		expect(counts(swarm)).toBe("0 run, 3 complete");
	});
});
