import type { NodeView } from "../../../cell/node-view.js";
import { claimsOf } from "../../../objects/pod-claims.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { Storage } from "../../../objects/storage.js";
import { type ClaimBindings, claimKey } from "../../../objects/volume-matching.js";
import type { PlainPlugin } from "../plugin-definition.js";
import { claimMissing } from "./volume-restrictions.js";

const TOO_MANY = { plugin: "NodeVolumeLimits", reasons: ["node(s) exceed max volume count"] };

export const NodeVolumeLimits: PlainPlugin = {
	name: "NodeVolumeLimits",
	summary: "A node takes so many volumes of a CSI driver and no more (CSINode).",
	// Claims of the pod may get volumes with pods of other nodes.
	looksAt: "pods",
	filter({ pod, objects: { storage }, bindings }) {
		const { found, missing } = claimsOf(pod, storage);
		if (found.length + missing.length === 0) return "skip";
		return {
			filter: {
				rejects(node) {
					if (missing.length > 0) return claimMissing(missing[0]!, "NodeVolumeLimits");
					return exceeds(pod, node, storage, bindings) ? TOO_MANY : null;
				},
			},
		};
	},
	wakes(event) {
		if (event.kind === "storage" || event.kind === "node-added") return true;
		return (
			event.kind === "pod-removed" && (event.pod.spec.facts.demands?.volumes ?? []).some(({ claim }) => claim !== null)
		);
	},
};

function exceeds(pod: PodClass, node: NodeView, storage: Storage, bindings: ClaimBindings): boolean {
	const limits = storage.limits.get(node.name);
	if (limits === undefined) return false;
	const there = new Map(node.pods.flatMap(({ podClass }) => attached(podClass, storage, bindings)));
	const wanted = new Map(attached(pod, storage, bindings).filter(([volume]) => !there.has(volume)));
	for (const driver of new Set(wanted.values())) {
		const limit = limits.get(driver);
		if (limit !== undefined && countOf(there, driver) + countOf(wanted, driver) > limit) return true;
	}
	return false;
}

function countOf(volumes: ReadonlyMap<string, string>, driver: string): number {
	return [...volumes.values()].filter((other) => other === driver).length;
}

/** Volumes that a pod needs, each with its driver: the volume itself, or one that is still to be made for a claim. */
function attached(pod: PodClass, storage: Storage, bindings: ClaimBindings): readonly (readonly [string, string])[] {
	return claimsOf(pod, storage).found.flatMap((claim) => {
		const volume = storage.volumes.get(bindings.get(claimKey(claim))?.volume || claim.volumeName);
		if (volume !== undefined)
			return volume.csi === null ? [] : [[`${volume.csi.driver}/${volume.csi.handle}`, volume.csi.driver] as const];
		const driver = storage.classes.get(claim.className)?.provisioner ?? "";
		return driver === "" ? [] : [[`${driver}/${claimKey(claim)}`, driver] as const];
	});
}
