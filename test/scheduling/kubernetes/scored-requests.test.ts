import fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeColumns } from "../../../src/cell/node-columns.js";
import type { NodeView } from "../../../src/cell/node-view.js";
import type { PlacedPod } from "../../../src/cell/placed-pod.js";
import { scoredSum } from "../../../src/scheduling/kubernetes/scored-requests.js";

/** Pods of three classes, by number. */
const CLASSES = [1, 2, 3].map((i) => ({ spec: { facts: {}, requests: { cpu: 100 * i, memory: i * 2 ** 30 } } }));
const PODS = Array.from({ length: 9 }, (_, i) => ({ podClass: CLASSES[i % 3] }) as unknown as PlacedPod);
const LISTS = fc.array(fc.uniqueArray(fc.nat(PODS.length - 1)).map((numbers) => numbers.map((n) => PODS[n]!)));

/** What a view of a node of these columns shows. */
function nodeOf(columns: object, pods: readonly PlacedPod[]): NodeView {
	return { columns: columns as NodeColumns, id: 0, pods } as unknown as NodeView;
}

test("what pods count as together is the sum over the list, whichever list was added up before", () => {
	fc.assert(
		fc.property(LISTS, (lists) => {
			const columns = {};
			for (const pods of lists) {
				const { cpu, memory } = scoredSum(nodeOf(columns, pods));
				const requested = pods.map(({ podClass }) => podClass.spec.requests);
				expect(cpu).toBe(requested.reduce((sum, one) => sum + one["cpu"]!, 0));
				expect(memory).toBe(requested.reduce((sum, one) => sum + one["memory"]!, 0));
			}
		}),
		{ seed: 1, numRuns: 300 },
	);
});
