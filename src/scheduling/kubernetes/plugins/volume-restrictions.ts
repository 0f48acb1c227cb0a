import { claimsOf } from "../../../objects/pod-claims.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { PodDisk, PodVolume } from "../../../objects/pod-demands.js";
import type { CycleView, ForkedFilter } from "../plugin.js";
import type { PlainPlugin } from "../plugin-definition.js";

const DISK = { plugin: "VolumeRestrictions", reasons: ["node(s) had no available disk"] };
const ONE_POD = {
	plugin: "VolumeRestrictions",
	reasons: [
		"node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
	],
};

export const VolumeRestrictions: PlainPlugin = {
	name: "VolumeRestrictions",
	summary:
		"One disk is not mounted by two pods of a node unless all only read it; a ReadWriteOncePod claim is for one pod.",
	looksAt: "pods",
	filter(view) {
		const { pod, objects } = view;
		const { found, missing } = claimsOf(pod, objects.storage);
		if (missing.length > 0) return { rejected: claimMissing(missing[0]!, "VolumeRestrictions") };
		const disks = volumesOf(pod).flatMap(({ disk }) => disk ?? []);
		const exclusive = new Set(found.filter((c) => c.accessModes.includes("ReadWriteOncePod")).map(({ name }) => name));
		const users = exclusive.size === 0 ? 0 : countUsers(view, exclusive);
		return disks.length === 0 && users === 0 ? "skip" : { filter: restrictions(disks, exclusive, users) };
	},
	wakes(event, pod) {
		if (event.kind === "storage" || event.kind === "node-added" || event.kind === "node-taints") return true;
		if (event.kind !== "pod-removed" || event.pod.spec.facts.namespace !== pod.spec.facts.namespace) return false;
		return volumesOf(event.pod).some((theirs) => volumesOf(pod).some((mine) => clash(mine, theirs)));
	},
};

export function claimMissing(name: string, plugin: string) {
	return { plugin, reasons: [`persistentvolumeclaim "${name}" not found`], unresolvable: true };
}

function restrictions(disks: readonly PodDisk[], exclusive: ReadonlySet<string>, users: number): ForkedFilter {
	let left = users;
	return {
		rejects(node) {
			const there = node.pods.flatMap(({ podClass }) => volumesOf(podClass).flatMap(({ disk }) => disk ?? []));
			if (disks.some((mine) => there.some((theirs) => sameDisk(mine, theirs)))) return DISK;
			return left > 0 ? ONE_POD : null;
		},
		fork: () => restrictions(disks, exclusive, left),
		podMoved({ podClass }, _node, change) {
			left += change * usesOf(podClass, exclusive);
		},
	};
}

function countUsers({ pod, nodes, order }: CycleView, exclusive: ReadonlySet<string>): number {
	let users = 0;
	const { namespace } = pod.spec.facts;
	for (const name of exclusive)
		if (
			order.some((node) =>
				nodes.placed[node]!.some(
					({ podClass }) => podClass.spec.facts.namespace === namespace && usesOf(podClass, new Set([name])) > 0,
				),
			)
		)
			users++;
	return users;
}

/** The namespace is not looked at, as in the original. */
function usesOf(pod: PodClass, claims: ReadonlySet<string>): number {
	return volumesOf(pod).filter(({ claim, ephemeral }) => claim !== null && !ephemeral && claims.has(claim)).length;
}

function volumesOf({ spec: { facts } }: PodClass): readonly PodVolume[] {
	return facts.demands?.volumes ?? [];
}

function clash(mine: PodVolume, theirs: PodVolume): boolean {
	if (mine.disk !== null && theirs.disk !== null) return sameDisk(mine.disk, theirs.disk);
	return mine.claim !== null && mine.claim === theirs.claim && !mine.ephemeral;
}

function sameDisk(a: PodDisk, b: PodDisk): boolean {
	if (a.kind !== b.kind || a.id !== b.id || (a.readOnly && b.readOnly)) return false;
	return a.kind !== "rbd" || a.aliases.some((monitor) => b.aliases.includes(monitor));
}
