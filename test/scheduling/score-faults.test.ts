import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { pipeline } from "../../src/scheduling/pipeline.js";
import { defineScheduler } from "../../src/scheduling/scheduler.js";
import { job, node, snapshotOf } from "../support/cells.js";

test.each([
	Number.NaN,
	Number.POSITIVE_INFINITY,
	undefined as unknown as number,
	"7" as unknown as number,
])("a score of %s is a fault of the plugin, not a node that vanishes", (score) => {
	const cell = new Cell({ nowUs: 0 });
	cell.addNode(node("a"));
	const [pod] = cell.submit(job("j")).pending;
	const snapshot = snapshotOf(cell);
	const scheduler = defineScheduler({
		name: "faulty",
		summary: "Gives what is no score.",
		create: () => pipeline({ scores: [{ plugin: { name: "odd", summary: "Anything.", score: () => score } }] }),
	}).create(undefined);
	const random = new SeededRandomSource("1").stream("x");
	expect(() => scheduler.decide([cell.pod(pod!)], snapshot, random)).toThrow(
		`score 'odd' gave ${score} for node 'a': a score is a finite number, 0 to 100`,
	);
});
