import type { NodeView } from "../../../cell/node-view.js";
import { claimsOf } from "../../../objects/pod-claims.js";
import type { PersistentVolume, Storage, VolumeClaim } from "../../../objects/storage.js";
import type { ClaimBindings } from "../../../objects/volume-matching.js";
import { claimKey } from "../../../objects/volume-matching.js";
import type { CycleView, Prepared } from "../plugin.js";
import type { PlainPlugin } from "../plugin-definition.js";
import { claimMissing } from "./volume-restrictions.js";

const CONFLICT = {
	plugin: "VolumeZone",
	reasons: ["node(s) had no available volume zone"],
	unresolvable: true,
};

/** Labels of the zone and region; the old names match nodes that have only the new ones. */
const NEW_NAME: Readonly<Record<string, string>> = {
	"failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
	"failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
	"topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
	"topology.kubernetes.io/region": "topology.kubernetes.io/region",
};

export const VolumeZone: PlainPlugin = {
	name: "VolumeZone",
	summary: "A volume with zone or region labels is used in its zone only.",
	looksAt: "pods",
	filter: prepare,
	wakes: ({ kind }) => kind === "storage" || kind === "node-added" || kind === "node-labels" || kind === "node-taints",
};

function prepare({ pod, objects: { storage }, bindings }: CycleView): Prepared {
	const { found, missing } = claimsOf(pod, storage);
	if (missing.length > 0) return { rejected: claimMissing(missing[0]!, "VolumeZone") };
	const places: (readonly [string, ReadonlySet<string>])[] = [];
	for (const claim of found) {
		const volume = volumeOf(claim, storage, bindings);
		if (typeof volume === "string")
			return { rejected: { plugin: "VolumeZone", reasons: [volume], unresolvable: true } };
		if (volume === null) continue;
		for (const key of Object.keys(NEW_NAME))
			if (Object.hasOwn(volume.labels, key)) places.push([key, new Set(volume.labels[key]!.split("__"))]);
	}
	if (places.length === 0) return "skip";
	return { filter: { rejects: (node) => (places.every((place) => isIn(node, place)) ? null : CONFLICT) } };
}

/** Null for a volume that waits for its node or was made for it; a text for why there is none. */
function volumeOf(claim: VolumeClaim, storage: Storage, bindings: ClaimBindings): PersistentVolume | null | string {
	const binding = bindings.get(claimKey(claim));
	if (binding !== undefined && binding.volume === "") return null;
	const name = binding?.volume ?? claim.volumeName;
	if (name !== "") return storage.volumes.get(name) ?? `persistentvolume "${name}" not found`;
	if (claim.className === "") return "PersistentVolumeClaim had no pv name and storageClass name";
	const storageClass = storage.classes.get(claim.className);
	if (storageClass === undefined) return `storageclass.storage.k8s.io "${claim.className}" not found`;
	return storageClass.waits ? null : "PersistentVolume had no name";
}

/** A node without any such label is in every zone. */
function isIn({ labels }: NodeView, [key, values]: readonly [string, ReadonlySet<string>]): boolean {
	if (!Object.keys(NEW_NAME).some((name) => Object.hasOwn(labels, name))) return true;
	return values.has(labels[key] ?? labels[NEW_NAME[key]!] ?? "");
}
