import { expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import { TouchCursor } from "../../src/cell/node-columns.js";
import { type MeasuredLoad, NEVER_MEASURED } from "../../src/cell/node-load.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import { cellOf, node } from "../support/cells.js";

const A = 0 as NodeId;
const B = 1 as NodeId;
const half: MeasuredLoad = {
	cpuMean: 0.5,
	cpuDeviation: 0.1,
	memoryMean: 0.25,
	memoryDeviation: 0,
	untilUs: 7,
};

test("a snapshot shows what was reported before its last refresh, of the reported node only", () => {
	const cell = cellOf([node("a"), node("b")]);
	const snapshot = new Snapshot(cell);
	snapshot.refresh();
	cell.nodes.load.report(A, half);
	expect(snapshot.nodes.view(A).load).toEqual(NEVER_MEASURED);
	snapshot.refresh();
	expect([A, B].map((id) => snapshot.nodes.view(id).load)).toEqual([half, NEVER_MEASURED]);
	cell.nodes.load.report(A, { ...half, untilUs: 8 });
	snapshot.refresh();
	expect(snapshot.nodes.view(A).load.untilUs).toBe(8);
});

test("a report is told to readers of the touch log, and is no change that a placement could conflict with", () => {
	const cell = cellOf([node("a"), node("b")]);
	const snapshot = new Snapshot(cell);
	snapshot.refresh();
	const cursors = [cell.nodes, snapshot.nodes].map((columns) => {
		const cursor = new TouchCursor();
		columns.visitTouched(cursor, () => {});
		return cursor;
	});
	const version = cell.nodes.version[B];
	cell.nodes.load.report(B, half);
	snapshot.refresh();
	const touched = [cell.nodes, snapshot.nodes].map((columns, i) => {
		const nodes: NodeId[] = [];
		columns.visitTouched(cursors[i]!, (id) => nodes.push(id));
		return nodes;
	});
	expect(touched).toEqual([[B], [B]]);
	expect([cell.nodes.version[B], snapshot.nodes.version[B]]).toEqual([version, version]);
});
