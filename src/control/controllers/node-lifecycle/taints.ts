/** Writes taints of nodes, as controllers do: a look at the node, and a patch if it says something else (pkg/util/taints, controller_utils.go). */
import type { Taint, TaintEffect } from "../../../objects/spec.js";
import type { ApiResult } from "../../api-server.js";
import { get, patch, type Step } from "../../controller.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import { NOT_READY, UNREACHABLE } from "../../node-bridge.js";

const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
/** Those of NoSchedule that follow from what is known of a node, and nothing else. */
const OWN = [NOT_READY, UNREACHABLE, UNSCHEDULABLE];

export function taint(key: string, effect: TaintEffect): Taint {
	return { key, value: "", effect };
}

export function hasTaint({ spec }: NodeObject, { key, effect }: Taint): boolean {
	return spec.taints.some((other) => other.key === key && other.effect === effect);
}

/** What of its NoSchedule taints has to change: those of its readiness and its cordon. */
export function noScheduleChanges(node: NodeObject): {
	readonly add: readonly Taint[];
	readonly drop: readonly Taint[];
} {
	const { status } = node.status.ready;
	const wanted: string[] = [];
	if (status === "False") wanted.push(NOT_READY);
	if (status === "Unknown") wanted.push(UNREACHABLE);
	if (node.spec.unschedulable) wanted.push(UNSCHEDULABLE);
	const all = OWN.map((key) => taint(key, "NoSchedule"));
	return {
		add: all.filter((own) => wanted.includes(own.key) && !hasTaint(node, own)),
		drop: all.filter((own) => !wanted.includes(own.key) && hasTaint(node, own)),
	};
}

/** Adds taints to a node, then takes others off it that it is seen to have. False if the node is gone. */
export function* swapTaints(
	node: NodeObject,
	add: readonly Taint[],
	drop: readonly Taint[],
): Generator<Step, boolean, readonly ApiResult[]> {
	if (add.length > 0 && !(yield* write(node, (has) => [...without(has, add), ...add]))) return false;
	const there = drop.filter((own) => hasTaint(node, own));
	return there.length === 0 || (yield* write(node, (has) => without(has, there)));
}

function* write(
	{ metadata: { name } }: NodeObject,
	change: (taints: readonly Taint[]) => readonly Taint[],
): Generator<Step, boolean, readonly ApiResult[]> {
	const found = yield* get("Node", nodeKey(name));
	if (!found.ok) return false;
	const changed = (node: NodeObject): NodeObject => {
		const taints = change(node.spec.taints);
		return isSame(taints, node.spec.taints) ? node : { ...node, spec: { ...node.spec, taints } };
	};
	const node = found.object as NodeObject;
	return changed(node) === node || (yield* patch(node, changed)).ok;
}

function without(taints: readonly Taint[], others: readonly Taint[]): readonly Taint[] {
	return taints.filter((one) => !others.some(({ key, effect }) => key === one.key && effect === one.effect));
}

function isSame(a: readonly Taint[], b: readonly Taint[]): boolean {
	return (
		a.length === b.length &&
		a.every(({ key, effect }) => b.some((other) => other.key === key && other.effect === effect))
	);
}
