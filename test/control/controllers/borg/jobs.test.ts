/** Jobs at work: what an update restarts, what it skips, how it is taken back, and what becomes of tasks whose machine or program fails. */
import { describe, expect, test } from "vitest";
import { type BorgPlane, borgPlane } from "./borg-plane.js";

const uids = (borg: BorgPlane, name = "web") => borg.tasks(name).map(({ metadata }) => metadata.uid);

/** What the scheduler knows of a task. */
function placed(borg: BorgPlane, index: number) {
	const { plane, cell } = borg.plane;
	return cell.pod(plane.pods.podOf(uids(borg)[index]!)!).podClass.spec;
}

describe("what a change does to tasks that run", () => {
	// Two machines of 4 CPUs with ssd and hdd, a task of 1 CPU on each.
	test.each([
		["another binary", { image: "b" }, "restarted"],
		["another behaviour", { behaviour: { "cellsim.io/ready-after": "2s" } }, "restarted"],
		["another priority", { priority: "batch" }, "stays"],
		["more resources, for which there is room", { requests: { cpu: "3" } }, "stays"],
		["fewer resources", { requests: { cpu: "100m" } }, "stays"],
		["a constraint that machines meet", { constraints: [{ label: "disk", operator: "!=", value: "tape" }] }, "stays"],
		["a wish that they do not meet", { constraints: [{ label: "disk", value: "tape", soft: true }] }, "stays"],
		["longer notice", { notice: "1m" }, "stays"],
		["another binary and priority", { image: "b", priority: "batch" }, "restarted"],
	])("%s: %s %s", (_what, change, expected) => {
		const borg = borgPlane(2);
		borg.create("web", { replicas: 2, image: "a", requests: { cpu: "1" } });
		borg.plane.runFor(10);
		const before = uids(borg);
		borg.push("web", change);
		borg.plane.runFor(60);
		const after = uids(borg);
		expect(after.filter((uid) => before.includes(uid))).toHaveLength(expected === "stays" ? 2 : 0);
		expect(borg.job("web").status).toMatchObject({
			tasks: 2,
			running: 2,
			updated: 2,
			disrupted: expected === "stays" ? 0 : 2,
			skipped: 0,
			update: "completed",
		});
	});

	test("schedulers know a changed priority and changed requests at once", () => {
		const borg = borgPlane(1);
		borg.create("web", { image: "a", requests: { cpu: "1" } });
		borg.plane.runFor(10);
		expect([placed(borg, 0).facts.priority, placed(borg, 0).requests["cpu"]]).toEqual([120, 1000]);
		borg.push("web", { priority: 205, requests: { cpu: "2500m" } });
		borg.plane.runFor(1);
		expect([placed(borg, 0).facts.priority, placed(borg, 0).requests["cpu"]]).toEqual([205, 2500]);
	});

	test("of three tasks on a machine of 4 CPUs two may grow from 1 to 1.5 there; the third moves", () => {
		const borg = borgPlane(1);
		borg.create("web", { replicas: 3, image: "a", requests: { cpu: "1" } });
		borg.plane.runFor(10);
		const before = uids(borg);
		borg.plane.cell.addNode({ ...borg.plane.cell.nodes.specs[0]!, name: "n-1" });
		borg.push("web", { requests: { cpu: "1500m" } });
		borg.plane.runFor(20);
		// 1.5 + 1.5 + 1 = 4.
		expect(uids(borg).slice(0, 2)).toEqual(before.slice(0, 2));
		expect(borg.tasks("web").map(({ spec }) => spec.nodeName)).toEqual(["n-0", "n-0", "n-1"]);
		expect(borg.job("web").status).toMatchObject({ disrupted: 1, updated: 3, running: 3 });
	});

	test("a constraint that its machine does not meet moves a task", () => {
		const borg = borgPlane(2);
		borg.create("web", { replicas: 1, image: "a", constraints: [{ label: "disk", value: "hdd" }] });
		borg.plane.runFor(10);
		expect(borg.tasks("web")[0]!.spec.nodeName).toBe("n-1");
		borg.push("web", { constraints: [{ label: "disk", value: "ssd" }] });
		borg.plane.runFor(10);
		expect(borg.tasks("web")[0]!.spec.nodeName).toBe("n-0");
	});
});

describe("changes that would disrupt more than an update may", () => {
	test("are skipped, and stay skipped, but for tasks that start anew for another reason", () => {
		const borg = borgPlane(2);
		borg.create("web", { replicas: 4, image: "a", requests: { cpu: "1" }, update: { maxDisruptions: 2 } });
		borg.plane.runFor(10);
		borg.push("web", { image: "b" });
		borg.plane.runFor(300);
		expect(borg.running("web")).toBe("0 b, 1 b, 2 a, 3 a");
		expect(borg.job("web").status).toMatchObject({ disrupted: 2, skipped: 2, updated: 2, update: "completed" });
		borg.plane.delete("Pod", borg.tasks("web")[2]!.metadata.name);
		borg.plane.runFor(10);
		expect(borg.running("web")).toBe("0 b, 1 b, 2 b, 3 a");
		borg.push("web", { update: { maxDisruptions: 3 } });
		borg.plane.runFor(10);
		expect(borg.running("web")).toBe("0 b, 1 b, 2 b, 3 b");
	});

	test("do not keep those back that disrupt nothing", () => {
		const borg = borgPlane(1);
		borg.create("web", { replicas: 2, image: "a", update: { maxDisruptions: 0 } });
		borg.plane.runFor(10);
		borg.push("web", { priority: "monitoring", replicas: 3 });
		borg.plane.runFor(10);
		expect(borg.job("web").status).toMatchObject({ disrupted: 0, skipped: 0, updated: 3 });
	});
});

describe("an update is a transaction", () => {
	const pushed = () => {
		const borg = borgPlane(2);
		borg.create("web", { replicas: 3, image: "a" });
		borg.plane.runFor(10);
		borg.push("web", { image: "b", replicas: 4, transaction: "pushed" });
		borg.plane.runFor(10);
		return borg;
	};

	test("nothing happens to what is only pushed", () => {
		expect(pushed().running("web")).toBe("0 a, 1 a, 2 a");
	});

	test("what is open is undone, tasks and their number, as long as it is not closed", () => {
		const borg = pushed();
		borg.push("web", { transaction: "open" });
		borg.plane.runFor(60);
		expect(borg.running("web")).toBe("0 b, 1 b, 2 b, 3 b");
		borg.push("web", { transaction: "undone" });
		borg.plane.runFor(60);
		expect(borg.running("web")).toBe("0 a, 1 a, 2 a");
	});

	test("in the middle of it, too", () => {
		const borg = pushed();
		borg.push("web", { transaction: "open" });
		borg.plane.runFor(2.5);
		expect(borg.running("web")).toContain("b");
		expect(borg.running("web")).toContain("a");
		borg.push("web", { transaction: "undone" });
		borg.plane.runFor(60);
		expect(borg.running("web")).toBe("0 a, 1 a, 2 a");
	});

	test("there is nothing to undo in what is closed", () => {
		const borg = pushed();
		borg.push("web", { transaction: "closed" });
		borg.plane.runFor(60);
		borg.push("web", { transaction: "undone" });
		borg.plane.runFor(60);
		expect(borg.running("web")).toBe("0 b, 1 b, 2 b, 3 b");
	});
});

test("a rolling update has no more tasks down at a time than it may", () => {
	const borg = borgPlane(2);
	borg.create("web", { replicas: 6, image: "a", update: { atOnce: 2, delay: "3s" } });
	borg.plane.runFor(10);
	borg.push("web", { image: "b" });
	let fewest = 6;
	let seconds = 0;
	while (borg.job("web").status.update !== "completed") {
		borg.plane.runFor(0.1);
		seconds += 0.1;
		fewest = Math.min(fewest, borg.tasks("web").filter(({ status }) => status.ready).length);
	}
	expect(fewest).toBe(4);
	// Three rounds of 1 s to stop, 0.5 s to start, 3 s of waiting after all but the last; and some passes of 0.1 s, readiness in whole seconds.
	expect(seconds).toBeGreaterThan(3 * 1.5 + 2 * 3 - 2);
	expect(seconds).toBeLessThan(3 * 1.5 + 2 * 3 + 3);
});

describe("machines and programs that fail", () => {
	test("a task that crashes is not started again where it did", () => {
		const borg = borgPlane(3);
		const behaviour = { "cellsim.io/run-time": "5s", "cellsim.io/exit": "1" };
		borg.create("bad", { image: "a", behaviour });
		borg.plane.runFor(60);
		const machines = new Set<string>();
		borg.plane.cell.watch({ podBound: (_pod, node) => machines.add(borg.plane.cell.node(node).name) });
		// On each machine once; then it waits for another.
		expect(borg.tasks("bad").map(({ status, spec }) => [status.phase, spec.nodeName])).toEqual([["Pending", ""]]);
		borg.plane.cell.addNode({ ...borg.plane.cell.nodes.specs[0]!, name: "n-3" });
		borg.plane.runFor(20);
		expect([...machines]).toEqual(["n-3"]);
	});

	test("a task that succeeds is done", () => {
		const borg = borgPlane(1);
		borg.create("once", { replicas: 2, image: "a", behaviour: { "cellsim.io/run-time": "5s" } });
		borg.plane.runFor(60);
		expect(borg.plane.pods.map(({ status }) => status.phase)).toEqual(["Succeeded", "Succeeded"]);
	});

	test("a machine is down three polls after its last answer; its tasks move one by one, and those there are killed when it is back", () => {
		const borg = borgPlane(2, 0.5);
		borg.create("web", { replicas: 3, image: "a", constraints: [{ label: "disk", value: "ssd", soft: true }] });
		borg.plane.runFor(7);
		expect(borg.tasks("web").map(({ spec }) => spec.nodeName)).toEqual(["n-0", "n-0", "n-0"]);
		// Polls at 0, 5, 10, ... s: it last answered at 5 s, and is down at 20 s.
		borg.silence("n-0", true);
		borg.plane.runFor(12.9);
		expect(borg.tasks("web").filter(({ spec }) => spec.nodeName === "n-0")).toHaveLength(3);
		const there: number[] = [];
		for (const seconds of [0.6, 2, 2]) {
			borg.plane.runFor(seconds);
			there.push(borg.tasks("web").filter(({ spec }) => spec.nodeName === "n-0").length);
		}
		// At 20.5, 22.5 and 24.5 s; one every two seconds moves.
		expect(there).toEqual([2, 1, 0]);
		borg.plane.runFor(5);
		expect(borg.running("web")).toBe("0 a, 1 a, 2 a");
		expect([...borg.plane.cell.pods.all()]).toHaveLength(6);
		borg.silence("n-0", false);
		borg.plane.runFor(10);
		expect([...borg.plane.cell.pods.all()]).toHaveLength(3);
	});

	test.each([
		["maxDown: 2", { maxDown: 2 }, {}, 2],
		["no limit", { maxDown: "unlimited" }, {}, 0],
		["no limit since a change", {}, { maxDown: "unlimited" }, 0],
	])("maintenance takes down as many tasks of a job at a time as it may: %s", (_what, first, then, expected) => {
		const borg = borgPlane(2);
		const constraints = [{ label: "disk", value: "ssd", soft: true }];
		borg.create("web", { replicas: 4, image: "a", constraints, ...first });
		borg.plane.runFor(5);
		borg.push("web", then);
		borg.plane.runFor(5);
		borg.plane.plane.drain("n-0", () => {});
		let fewest = 4;
		for (let i = 0; i < 300; i++) {
			borg.plane.runFor(0.1);
			fewest = Math.min(fewest, borg.tasks("web").filter(({ status }) => status.ready).length);
		}
		expect(fewest).toBe(expected);
		expect(borg.tasks("web").map(({ spec }) => spec.nodeName)).toEqual(["n-1", "n-1", "n-1", "n-1"]);
	});
});
