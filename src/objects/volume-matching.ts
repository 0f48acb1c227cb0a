/**
 * Which volumes a pod's claims get on a node (pkg/scheduler/framework/plugins/volumebinding and component-helpers
 * `storage/volume`).
 *
 * Divergence from Kubernetes: a volume that is made for a claim can be reached from the zone of the node that it was made for, or
 * from that node alone if it has no zone; in a real cluster the storage driver says. Nobody binds claims of classes that do not
 * wait: they must be bound in the input. Claims of generic ephemeral volumes are left out.
 */
import { containsLabels, type Labels, matchesLabels, matchesTerm } from "./selector.js";
import type { PersistentVolume, Storage, StorageClass, VolumeClaim } from "./storage.js";

/** Makes no volumes: they are there, or they are not. */
const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** What became of a claim during the run. */
export interface ClaimBinding {
	/** The volume it took, or "" for one made for it. */
	readonly volume: string;
	/** Labels that a node must have to reach a volume that was made. */
	readonly reach: Labels;
}

/** Bindings made during the run, by `namespace/name` of the claim. */
export type ClaimBindings = ReadonlyMap<string, ClaimBinding>;

export interface VolumeNode {
	readonly name: string;
	readonly labels: Labels;
}

/** What the claims of a pod would get on a node, or why the node will not do. */
export interface FoundVolumes {
	readonly reasons: readonly string[];
	/** For claims that wait for a node: what to bind them to. */
	readonly bindings: readonly (readonly [string, ClaimBinding])[];
}

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const VOLUME_GONE = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

export function claimKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
	return `${namespace}/${name}`;
}

/** Whether the claim has its volume: since before the run, or by now. */
export function isBound(claim: VolumeClaim, bindings: ClaimBindings): boolean {
	return claim.bound || bindings.has(claimKey(claim));
}

/** Whether the claim gets its volume when its pod gets a node. */
export function waits(claim: VolumeClaim, { classes }: Storage): boolean {
	return claim.volumeName === "" && (classes.get(claim.className)?.waits ?? false);
}

/** `claims` are bound or wait for a node. */
export function findVolumes(
	storage: Storage,
	bindings: ClaimBindings,
	claims: readonly VolumeClaim[],
	node: VolumeNode,
): FoundVolumes {
	const reasons = boundReasons(storage, bindings, claims, node);
	const waiting = claims.filter((claim) => !isBound(claim, bindings));
	// The smallest first, so that each gets the smallest volume that will do.
	const ordered = [...waiting].sort((a, b) => a.requestBytes - b.requestBytes || (claimKey(a) < claimKey(b) ? -1 : 1));
	const found: (readonly [string, ClaimBinding])[] = [];
	const taken = new Set([...bindings.values()].map(({ volume }) => volume));
	for (const claim of ordered) {
		const volume = matchingVolume(claim, storage, taken, node);
		if (volume !== null) {
			taken.add(volume.name);
			found.push([claimKey(claim), { volume: volume.name, reach: {} }]);
		} else if (provisions(storage.classes.get(claim.className), node)) {
			found.push([claimKey(claim), { volume: "", reach: reachOf(node) }]);
		} else {
			return { reasons: [...reasons, BIND_CONFLICT].sort(), bindings: [] };
		}
	}
	return { reasons, bindings: found };
}

function boundReasons(
	{ volumes }: Storage,
	bindings: ClaimBindings,
	claims: readonly VolumeClaim[],
	node: VolumeNode,
): readonly string[] {
	for (const claim of claims) {
		const binding = bindings.get(claimKey(claim));
		if (binding !== undefined && binding.volume === "") {
			if (!containsLabels(node.labels, binding.reach)) return [NODE_CONFLICT];
			continue;
		}
		if (binding === undefined && !claim.bound) continue;
		const volume = volumes.get(binding?.volume ?? claim.volumeName);
		if (volume === undefined) return [VOLUME_GONE];
		if (!reaches(volume, node)) return [NODE_CONFLICT];
	}
	return [];
}

function reaches({ nodeTerms }: PersistentVolume, { name, labels }: VolumeNode): boolean {
	return nodeTerms === null || nodeTerms.some((term) => matchesTerm(term, name, labels));
}

/** The volume kept for the claim, or the smallest free one that will do; of equal ones the first by name. */
function matchingVolume(
	claim: VolumeClaim,
	{ volumes }: Storage,
	taken: ReadonlySet<string>,
	node: VolumeNode,
): PersistentVolume | null {
	const key = claimKey(claim);
	let smallest: PersistentVolume | null = null;
	for (const volume of [...volumes.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
		if (taken.has(volume.name) || (volume.claim !== "" && volume.claim !== key)) continue;
		if (volume.className !== claim.className) continue;
		if (volume.capacityBytes < claim.requestBytes || volume.volumeMode !== claim.volumeMode) continue;
		if (volume.claim === key) return reaches(volume, node) ? volume : null;
		if (!volume.available || !reaches(volume, node)) continue;
		if (claim.selector !== null && !matchesLabels(claim.selector, volume.labels)) continue;
		if (!claim.accessModes.every((mode) => volume.accessModes.includes(mode))) continue;
		if (smallest === null || volume.capacityBytes < smallest.capacityBytes) smallest = volume;
	}
	return smallest;
}

function provisions(storageClass: StorageClass | undefined, { labels }: VolumeNode): boolean {
	if (storageClass === undefined || ["", NO_PROVISIONER].includes(storageClass.provisioner)) return false;
	const { allowedTopologies: terms } = storageClass;
	return (
		terms.length === 0 || terms.some((term) => term.every(({ key, values }) => values.includes(labels[key] ?? "")))
	);
}

const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";

function reachOf({ labels }: VolumeNode): Labels {
	const key = Object.hasOwn(labels, ZONE) ? ZONE : HOSTNAME;
	return Object.hasOwn(labels, key) ? { [key]: labels[key]! } : {};
}
