import { expect, test } from "vitest";
import type { NodeId, PodId } from "../../../../src/cell/ids.js";
import type { PlacedPod } from "../../../../src/cell/placed-pod.js";
import type { PodClass } from "../../../../src/objects/pod-class.js";
import { PLAIN_FACTS } from "../../../../src/objects/spec.js";
import { PodMoves } from "../../../../src/scheduling/kubernetes/kept/pod-moves.js";
import { KubeCell } from "../../../support/kubernetes.js";

const NODE = 0 as NodeId;

/** Two nodes of one zone, a log of moves, and lists of pods to be shown on the first node. */
function build() {
	const { cell } = new KubeCell().node("a", { zone: "x" }).node("b", { zone: "x" });
	const classOf = (cpu: number) => cell.classes.intern({ facts: PLAIN_FACTS, requests: { cpu }, gpu: null });
	const placed = (name: string, podClass: PodClass = classOf(1)): PlacedPod => ({
		id: 0 as PodId,
		podClass,
		name,
		devices: 0,
		sinceUs: 0,
		leaving: "no",
	});
	const moves = new PodMoves(cell.nodes);
	const show = (...pods: readonly PlacedPod[]) => {
		cell.nodes.placed[NODE] = pods;
		cell.nodes.touch(NODE);
		moves.follow();
	};
	const since = (from: number): readonly string[] | null => {
		const seen: string[] = [];
		return moves.visit(from, ({ name }, node, change) => seen.push(`${name}@${node}${change}`)) ? seen : null;
	};
	return { cell, moves, classOf, placed, show, since };
}

test("pods come to the end of a list, leave from anywhere, and change places with others", () => {
	const { moves, classOf, placed, show, since } = build();
	const [p, q, r] = ["p", "q", "r"].map((name) => placed(name));
	show(p!, q!, r!);
	expect(since(0)).toEqual(["p@01", "q@01", "r@01"]);
	show(p!, r!);
	expect(since(3)).toEqual(["q@0-1"]);
	// The assumed placement is replaced by the real one of the same class: nothing moved. One of another class did.
	show(p!, placed("r again"));
	expect(since(4)).toEqual([]);
	show(p!, placed("s", classOf(2)));
	expect(since(4)).toEqual(["r again@0-1", "s@01"]);
	// On its way out is not the same.
	show({ ...p!, leaving: "deleted" });
	expect(since(6)).toEqual(["p@0-1", "s@0-1", "p@01"]);
	expect(moves.count).toBe(9);
});

test("who has not followed for too long is told so", () => {
	const { placed, show, since } = build();
	const pods = Array.from({ length: 2 ** 14 + 1 }, (_, i) => placed(`p${i}`));
	show(...pods);
	expect(since(0)).toBeNull();
	expect(since(1)).toHaveLength(2 ** 14);
});

test("labels that tell nodes apart, as of now", () => {
	const { cell, moves } = build();
	expect(["kubernetes.io/hostname", "zone", "nothing"].map(moves.isUnique)).toEqual([true, false, true]);
	const before = moves.declarations;
	cell.updateNode(NODE, { ...cell.node(NODE).spec, labels: { zone: "y" } });
	moves.follow();
	expect([moves.isUnique("zone"), moves.declarations - before]).toEqual([true, 1]);
});
