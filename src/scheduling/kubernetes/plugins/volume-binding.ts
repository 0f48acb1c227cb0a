import { claimsOf } from "../../../objects/pod-claims.js";
import { findVolumes, isBound, waits } from "../../../objects/volume-matching.js";
import type { PlainPlugin } from "../plugin-definition.js";
import { claimMissing } from "./volume-restrictions.js";

const UNBOUND = {
	plugin: "VolumeBinding",
	reasons: ["pod has unbound immediate PersistentVolumeClaims"],
	unresolvable: true,
};

/**
 * Bound volumes must be reachable from the node; for claims that wait for a node (WaitForFirstConsumer) there must be free
 * volumes that are, or a class that makes some.
 */
export const VolumeBinding: PlainPlugin = {
	name: "VolumeBinding",
	summary: "Turns down nodes that the pod's volumes cannot be reached from, or made for.",
	looksAt: "pods",
	filter({ pod, objects: { storage }, bindings }) {
		const { found, missing } = claimsOf(pod, storage);
		if (missing.length > 0) return { rejected: claimMissing(missing[0]!, "VolumeBinding") };
		if (found.length === 0) return "skip";
		const lost = found.find((claim) => claim.lost);
		if (lost !== undefined) {
			const reason = `persistentvolumeclaim "${lost.name}" bound to non-existent persistentvolume "${lost.volumeName}"`;
			return { rejected: { plugin: "VolumeBinding", reasons: [reason], unresolvable: true } };
		}
		if (!found.every((claim) => isBound(claim, bindings) || waits(claim, storage))) return { rejected: UNBOUND };
		return {
			filter: {
				rejects(node) {
					const { reasons } = findVolumes(storage, bindings, found, node);
					return reasons.length === 0 ? null : { plugin: "VolumeBinding", reasons, unresolvable: true };
				},
			},
		};
	},
	// Scoring by storage capacity is an alpha feature, off by default.
	score: () => null,
	wakes: ({ kind }) => kind === "storage" || kind === "node-added" || kind === "node-labels" || kind === "node-taints",
};
