import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import { deploymentController } from "../../src/control/controllers/deployment/deployment.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import { type AgentTelling, Outboxes } from "../../src/control/outboxes.js";
import { Engine } from "../../src/engine/engine.js";
import { SECOND } from "../../src/engine/time.js";
import { oneByOne } from "../support/api-objects.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

const [A, B] = [0, 1] as [NodeId, NodeId];

/** Each second, node b half a second after node a. */
const EACH_SECOND: AgentTelling["sentUs"] = (nowUs, node) => {
	const phaseUs = node === A ? 0 : SECOND / 2;
	return Math.ceil((nowUs - phaseUs) / SECOND) * SECOND + phaseUs;
};

/** What is told, with the time in seconds, of letters put at times in seconds. */
function told(telling: AgentTelling, letters: readonly (readonly [seconds: number, node: NodeId, letter: string])[]) {
	const engine = new Engine();
	const seen: string[] = [];
	const boxes = new Outboxes<string>(engine, 0, telling, (letter) => seen.push(`${engine.nowUs / SECOND} ${letter}`));
	const put = engine.kind("put", 1, (i) => boxes.put(letters[i]![1], letters[i]![2], 2));
	letters.forEach(([seconds], i) => {
		engine.schedule(seconds * SECOND, put, i);
	});
	engine.runUntil(100 * SECOND);
	return seen;
}

describe("agents tell what has come together when they look, each at times of its own", () => {
	test("in the order in which it came", () => {
		const letters = [
			[0.1, A, "a1"],
			[0.2, B, "b1"],
			[0.7, A, "a2"],
			[0.8, B, "b2"],
			[1.1, A, "a3"],
		] as const;
		expect(told({ sentUs: EACH_SECOND }, letters)).toEqual(["0.5 b1", "1 a1", "1 a2", "1.5 b2", "2 a3"]);
	});

	test("some time after the look: what happens meanwhile is seen at the next one", () => {
		const letters = [
			[0.1, A, "a1"],
			[1.1, A, "a2"],
			[1.9, A, "a3"],
			[2.1, A, "a4"],
		] as const;
		expect(told({ sentUs: EACH_SECOND, takesUs: 0.3 * SECOND }, letters)).toEqual([
			"1.3 a1",
			"2.3 a2",
			"2.3 a3",
			"3.3 a4",
		]);
	});

	test("and all at once what there is to tell when it is asked to, once", () => {
		const engine = new Engine();
		const seen: string[] = [];
		const telling = { sentUs: EACH_SECOND, takesUs: 0.3 * SECOND };
		const boxes = new Outboxes<string>(engine, 0, telling, (letter) => seen.push(`${engine.nowUs / SECOND} ${letter}`));
		const steps = [
			[0.1, () => boxes.put(A, "looked at", 2)],
			[1.1, () => boxes.put(A, "noticed", 2)],
			[1.2, () => boxes.flush(A)],
			[1.25, () => boxes.put(A, "later", 2)],
		] as const;
		const step = engine.kind("step", 1, (i) => steps[i]![1]());
		steps.forEach(([seconds], i) => {
			engine.schedule(seconds * SECOND, step, i);
		});
		engine.runUntil(100 * SECOND);
		expect(seen).toEqual(["1.2 looked at", "1.2 noticed", "2.3 later"]);
	});

	test("and no more of it than their clients may: two requests each, of 2 at once and one a second then", () => {
		const letters = ["a1", "a2", "a3"].map((letter) => [0.1, A, letter] as const);
		const told2 = told({ sentUs: EACH_SECOND, client: { qps: 1, burst: 2 } }, [...letters, [0.1, B, "b1"]]);
		expect(told2).toEqual(["0.5 b1", "1 a1", "3 a2", "5 a3"]);
	});
});

test("what waits for an agent to look holds nobody else up", () => {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController],
		nodes: [node("a", { cpu: 8000 }), node("b", { cpu: 8000 })],
		// Pods start after half a second and are seen to at the tenth.
		agents: { hearUs: 3000, sentUs: (nowUs) => Math.ceil(nowUs / (10 * SECOND)) * 10 * SECOND },
	});
	plane.create(oneByOne(4, "web:1"));
	plane.runFor(15);
	expect(plane.pods.map(({ status }) => status.phase)).toEqual(Array(4).fill("Running"));
	plane.patch("Deployment", "web", { spec: oneByOne(4, "web:2").spec });
	// One more, and one in the place of the one that may be missing, before any of them is seen to run.
	plane.runFor(1);
	const fresh = plane.pods.filter(({ status }) => status.phase === "Pending");
	expect(fresh.map(({ spec }) => spec.nodeName !== "")).toEqual([true, true]);
});
