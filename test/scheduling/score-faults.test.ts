import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { PLAIN_FACTS } from "../../src/objects/spec.js";
import { pipeline } from "../../src/scheduling/pipeline.js";
import { defineScheduler } from "../../src/scheduling/scheduler.js";

test.each([
	Number.NaN,
	Number.POSITIVE_INFINITY,
	undefined as unknown as number,
	"7" as unknown as number,
])("a score of %s is a fault of the plugin, not a node that vanishes", (score) => {
	const cell = new Cell({ nowUs: 0 });
	cell.addNode({ name: "a", labels: {}, taints: [], unschedulable: false, allocatable: { cpu: 1000 }, gpu: null });
	const arrival = {
		name: null,
		spec: { facts: PLAIN_FACTS, requests: { cpu: 500 }, gpu: null },
		durationUs: 1,
		exit: "succeeded",
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
	} as const;
	const [pod] = cell.submit({ timeUs: 0, name: "j", pods: [arrival], gang: false }).pending;
	const snapshot = new Snapshot(cell);
	snapshot.refresh();
	const scheduler = defineScheduler({
		name: "faulty",
		summary: "Gives what is no score.",
		create: () => pipeline({ scores: [{ plugin: { name: "odd", score: () => score } }] }),
	}).create(undefined);
	const random = new SeededRandomSource("1").stream("x");
	expect(() => scheduler.decide([cell.pod(pod!)], snapshot, random)).toThrow(
		`score 'odd' gave ${score} for node 'a': a score is a finite number, 0 to 100`,
	);
});
