/**
 * Pod groups get nodes together or not at all: a pod that has found its node waits there until as many of its group as
 * `minMember` says have found theirs (pkg/coscheduling of kubernetes-sigs/scheduler-plugins).
 *
 * Divergence from Coscheduling: a group is as old as its first pod. What is divergent about groups that were turned down is told
 * in `pod-groups.ts`; for the same reason the end of a pod and changes of nodes wake pods that this plugin turned down, where in
 * the original only new pods do.
 */
import { z } from "zod";
import type { NodeColumns } from "../../../cell/node-columns.js";
import { orAbsent } from "../../../objects/absent.js";
import { type PodGroup, podGroupOf } from "../../../objects/pod-group.js";
import { formatQuantity } from "../../../objects/quantity.js";
import type { ResourceList } from "../../../objects/resources.js";
import type { Rejection } from "../../plugin.js";
import type { CycleView, Dismissal, InQueue, KubernetesPlugin, Permission } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { priorityOf } from "../priority.js";

const NAME = "Coscheduling";
const SECOND = 1_000_000;
/** A group that lacks so few of its quorum is not turned down for one pod without a node. */
const SMALL_GAP = 0.1;

interface CoschedulingArgs {
	readonly permitWaitingTimeSeconds: number;
	readonly podGroupBackoffSeconds: number;
}

export const coschedulingDefinition = definePlugin({
	name: NAME,
	summary: "Pod groups get nodes together or not at all.",
	byDefault: false,
	args: argsObject({
		permitWaitingTimeSeconds: orAbsent(z.int().min(1), 60),
		podGroupBackoffSeconds: orAbsent(z.int().min(0), 0),
	}),
	make: makeCoscheduling,
});

function makeCoscheduling({ permitWaitingTimeSeconds, podGroupBackoffSeconds }: CoschedulingArgs): KubernetesPlugin {
	const waitUs = permitWaitingTimeSeconds * SECOND;
	return {
		name: NAME,
		looksAt: "pods",
		sorts: byGroup,
		turnsDown: (view) => turnsDown(view, waitUs),
		dismisses: (view) => dismisses(view, podGroupBackoffSeconds * SECOND),
		permits: (view) => permits(view, waitUs),
		wakes: ({ kind }) => WAKING.has(kind),
	};
}

const WAKING: ReadonlySet<string> = new Set([
	...["pod-added", "pod-removed", "pod-requests"],
	...["node-added", "node-allocatable", "node-labels", "node-taints"],
]);

/** Priority, then the age of the group or pod, then the name of the pod. */
function byGroup(a: InQueue, b: InQueue): number {
	return priorityOf(b.pod) - priorityOf(a.pod) || a.createdUs - b.createdUs || compare(fullName(a), fullName(b));
}

function fullName({ pod, name }: InQueue): string {
	return `${pod.spec.facts.namespace}/${name}`;
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** PreFilter: the group failed lately, has too few pods, or needs at least more than there is. */
function turnsDown(view: CycleView, waitUs: number): Rejection | null {
	const found = groupOf(view);
	if (found === null || found.group === undefined) return null;
	const { key, group } = found;
	const groups = view.groups();
	if (groups.failed(key, view.nowUs)) return rejected(`podGroup ${key} failed recently`);
	const pods = groups.pods(key).size;
	if (pods < group.minMember) {
		const counts = `current pods number: ${pods}, minMember of group: ${group.minMember}`;
		return rejected(`cannot find enough sibling pods, ${counts}`);
	}
	if (group.minResources === null || groups.permitted(key, view.nowUs)) return null;
	const gap = gapOf(view.nodes, key, { ...group.minResources, pods: group.minMember });
	if (gap !== "") return rejected(`resource gap: ${gap}`);
	groups.permit(key, view.nowUs + waitUs);
	return null;
}

/** What is missing of `wanted` in the whole cluster, counting what pods of the group have; "" for nothing. */
function gapOf(nodes: NodeColumns, key: string, wanted: ResourceList): string {
	const gaps: string[] = [];
	for (const [name, amount] of Object.entries(wanted)) {
		let missing = amount;
		const resource = nodes.resources.names.indexOf(name);
		for (let node = 0; node < nodes.count && missing > 0; node++) {
			if (nodes.present[node] === 0) continue;
			missing -= nodes.free[resource]?.[node] ?? 0;
			for (const { podClass } of nodes.placed[node]!)
				if (podGroupOf(podClass.spec.facts) === key) missing -= podClass.request[resource] ?? 0;
		}
		if (missing > 0) gaps.push(`${name} ${formatQuantity(missing, name)}`);
	}
	return gaps.join(", ");
}

/** PostFilter: where one pod of a group has no node, the others are not likely to have one, unless few are missing. */
function dismisses(view: CycleView, backoffUs: number): Dismissal | null {
	const found = groupOf(view);
	if (found === null || found.group === undefined) return null;
	const { key, group } = found;
	const groups = view.groups();
	const missing = group.minMember - groups.assigned(key);
	if (missing <= 0 || missing / group.minMember <= SMALL_GAP) return null;
	return { group: key, backoffUs: groups.pods(key).size >= group.minMember ? backoffUs : null };
}

/** Permit: the pod counts already, although it is not on its node yet. */
function permits(view: CycleView, waitUs: number): Permission {
	const found = groupOf(view);
	if (found === null) return { kind: "allow", group: null };
	const { key, group } = found;
	if (group === undefined) return { kind: "deny", rejection: { plugin: NAME, reasons: ["PodGroup not found"] } };
	const assigned = view.groups().assigned(key);
	if (assigned + 1 >= group.minMember) return { kind: "allow", group: key };
	const { scheduleTimeoutSeconds } = group;
	const timeoutUs = scheduleTimeoutSeconds === null ? waitUs : scheduleTimeoutSeconds * SECOND;
	return { kind: "wait", group: key, timeoutUs, stirs: assigned === 0 };
}

/** The group that the pod names, which may not have been declared; null if it names none. */
function groupOf({ pod, objects }: CycleView): { readonly key: string; readonly group: PodGroup | undefined } | null {
	const key = podGroupOf(pod.spec.facts);
	return key === null ? null : { key, group: objects.podGroups.get(key) };
}

function rejected(reason: string): Rejection {
	return { plugin: NAME, reasons: [reason], unresolvable: true };
}
