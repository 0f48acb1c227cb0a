/**
 * Storage between the API server and the cell: schedulers see claims, volumes and classes as the API server has them; where a scheduler chose
 * a node for a pod whose claims waited for it (WaitForFirstConsumer), the choice is written to them; and a pod begins on its node when its
 * claims are bound and its volumes attached. A volume that only one node may use at a time is attached to the next when it is free: it is
 * detached once its last pod there is gone, or, where nobody hears of that node, six minutes later.
 *
 * Source: plugin VolumeBinding (PreBind), pkg/controller/volume/attachdetach (ReconcilerMaxWaitForUnmountDuration).
 *
 * Divergence from Kubernetes: a pod has its node while its claims are being bound, not afterwards; schedulers hear of storage at once;
 * volumes of pods that the cell itself knew before the control plane did are not followed.
 */
import type { Cell } from "../cell/cell.js";
import { NO_NODE, type NodeId, type PodId } from "../cell/ids.js";
import type { Engine, EventKind } from "../engine/engine.js";
import { MINUTE, type SimTime } from "../engine/time.js";
import type { ClaimBinding } from "../objects/volume-matching.js";
import type { ApiChange, ApiServer } from "./api-server.js";
import type { PersistentVolume } from "./kinds/persistent-volume.js";
import { type PersistentVolumeClaim, SELECTED_NODE } from "./kinds/persistent-volume-claim.js";
import { type StorageClass, type StorageTimes, timesOf } from "./kinds/storage-class.js";
import type { PodBridge } from "./pod-bridge.js";
import { claimKeysOf } from "./pod-volumes.js";
import { storageOf } from "./storage-objects.js";

const FORCE_DETACH_US = 6 * MINUTE;
const STORAGE: ReadonlySet<string> = new Set(["PersistentVolumeClaim", "PersistentVolume", "StorageClass"]);

/** A volume on a node, or on its way off it. */
interface Attachment {
	readonly node: NodeId;
	readonly users: Set<PodId>;
	/** When it is free for another node; Infinity while it has users. */
	freeUs: SimTime;
}

/** A pod on a node, and the claims whose volumes it needs. */
interface Waiting {
	readonly node: NodeId;
	readonly claims: readonly string[];
	/** When all are attached; Infinity if that is not known yet. */
	readyUs: SimTime;
	told: boolean;
}

export class StorageBridge {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #server: ApiServer;
	readonly #phase: number;
	readonly #pods: PodBridge;
	readonly #silent = new Set<NodeId>();
	readonly #waiting = new Map<PodId, Waiting>();
	readonly #attached = new Map<string, Attachment>();
	/** Made when it is first needed: runs without volumes have no such event. */
	#ready: EventKind | null = null;

	constructor(
		engine: Engine,
		cell: Cell,
		server: ApiServer,
		{ phase, pods }: { readonly phase: number; readonly pods: PodBridge },
	) {
		this.#engine = engine;
		this.#cell = cell;
		this.#server = server;
		this.#phase = phase;
		this.#pods = pods;
		cell.holds.whenBound = (pod) => this.#claimsOf(pod).length > 0;
		server.watch((change) => this.#changed(change));
		cell.watch({
			nodeChanged: (node, change) => {
				if (change === "node-silent") this.#silent.add(node);
				if (change === "node-heard") this.#silent.delete(node);
			},
			podBound: (pod, node) => this.#bound(pod, node),
			podEnded: (pod, node) => this.#gone(pod, node),
			podRequeued: (pod, node) => this.#gone(pod, node),
		});
	}

	#changed({ kind, key, before, after }: ApiChange): void {
		if (!STORAGE.has(kind)) return;
		const { api } = this.#cell;
		if (kind === "PersistentVolumeClaim" && after === null) api.claimGone(key);
		if (before !== null && after !== null && before.spec === after.spec && before.status === after.status) return;
		api.declared = { ...api.declared, storage: storageOf(this.#server, api.declared.storage.limits) };
		this.#cell.objects.storageChanged();
		this.#lookAgain();
	}

	#bound(pod: PodId, node: NodeId): void {
		const claims = this.#claimsOf(pod);
		if (claims.length === 0) return;
		this.#waiting.set(pod, { node, claims, readyUs: Number.POSITIVE_INFINITY, told: false });
		for (const key of claims) {
			const binding = this.#cell.api.bindings.get(key);
			if (binding !== undefined) this.#choose(key, binding, this.#cell.nodes.specs[node]!.name);
		}
		this.#try(pod);
	}

	#claimsOf(pod: PodId): readonly string[] {
		const object = this.#pods.objectOf(pod);
		return object === undefined ? [] : claimKeysOf(object);
	}

	/** What the scheduler decided of a claim that waited for a node. */
	#choose(key: string, { volume }: ClaimBinding, node: string): void {
		const claim = this.#server.get("PersistentVolumeClaim", key) as PersistentVolumeClaim | undefined;
		if (claim === undefined || claim.spec.volumeName !== "") return;
		const { namespace, name, uid, annotations } = claim.metadata;
		if (volume === "") {
			if (annotations[SELECTED_NODE] !== undefined) return;
			this.#server.patch(claim.kind, key, (object) => ({
				...object,
				metadata: { ...object.metadata, annotations: { ...annotations, [SELECTED_NODE]: node } },
			}));
		} else
			this.#server.patch("PersistentVolume", `/${volume}`, (object) => {
				const { spec } = object as PersistentVolume;
				return spec.claimRef?.uid === uid
					? object
					: { ...object, spec: { ...spec, claimRef: { namespace, name, uid } } };
			});
	}

	#lookAgain(): void {
		for (const pod of [...this.#waiting.keys()]) this.#try(pod);
	}

	/** Attaches the volumes of a pod, if all are bound and free. */
	#try(pod: PodId): void {
		const waiting = this.#waiting.get(pod)!;
		if (waiting.readyUs < Number.POSITIVE_INFINITY) return;
		const { claims, node } = waiting;
		const volumes = claims.map((key) => this.#volumeOf(key));
		if (!volumes.every((volume) => volume !== null)) return;
		const taken = volumes.find((volume) => this.#isTaken(volume, node));
		if (taken !== undefined) {
			this.#tellTaken(pod, taken);
			return;
		}
		const { nowUs } = this.#engine;
		waiting.readyUs = Math.max(nowUs, ...volumes.map((volume) => this.#attach(volume, node, pod)));
		if (waiting.readyUs === nowUs) {
			this.#release(pod);
			return;
		}
		this.#ready ??= this.#engine.kind("volumes-attached", this.#phase, (held) => this.#release(held as PodId));
		this.#engine.schedule(waiting.readyUs, this.#ready, pod);
	}

	/** The pod may begin, unless it has left its node since. */
	#release(pod: PodId): void {
		if (this.#waiting.get(pod)?.readyUs !== this.#engine.nowUs) return;
		this.#waiting.delete(pod);
		this.#cell.holds.release(pod);
	}

	/** Null while the claim is not bound. */
	#volumeOf(key: string): PersistentVolume | null {
		const claim = this.#server.get("PersistentVolumeClaim", key) as PersistentVolumeClaim | undefined;
		if (claim?.status.phase !== "Bound") return null;
		return (this.#server.get("PersistentVolume", `/${claim.spec.volumeName}`) as PersistentVolume | undefined) ?? null;
	}

	#isTaken(volume: PersistentVolume, node: NodeId): boolean {
		const there = this.#attached.get(volume.metadata.name);
		return there !== undefined && there.node !== node && there.users.size > 0 && isForOneNode(volume);
	}

	/** When it is attached. */
	#attach(volume: PersistentVolume, node: NodeId, pod: PodId): SimTime {
		const { name } = volume.metadata;
		const there = this.#attached.get(name);
		const { nowUs } = this.#engine;
		if (there?.node === node && (there.users.size > 0 || there.freeUs > nowUs)) {
			there.users.add(pod);
			there.freeUs = Number.POSITIVE_INFINITY;
			return nowUs;
		}
		const freeUs =
			there !== undefined && isForOneNode(volume) ? Math.min(there.freeUs, Number.MAX_SAFE_INTEGER) : nowUs;
		this.#attached.set(name, { node, users: new Set([pod]), freeUs: Number.POSITIVE_INFINITY });
		return Math.max(nowUs, freeUs) + this.#timesOf(volume).attachUs;
	}

	#timesOf({ spec }: PersistentVolume): StorageTimes {
		return timesOf(this.#server.get("StorageClass", `/${spec.storageClassName}`) as StorageClass | undefined);
	}

	#tellTaken(pod: PodId, { metadata: { name } }: PersistentVolume): void {
		const waiting = this.#waiting.get(pod)!;
		if (waiting.told) return;
		const about = this.#pods.objectOf(pod);
		if (about === undefined) return;
		waiting.told = true;
		const message = `Multi-Attach error for volume "${name}": Volume is already used by pod(s) on another node`;
		const [source, reason] = ["attachdetach-controller", "FailedAttachVolume"];
		this.#server.post({ source, about, type: "Warning", reason, message });
	}

	/** The pod is on its node no more: whoever waits for its volumes gets them. */
	#gone(pod: PodId, node: NodeId): void {
		if (node === NO_NODE) return;
		this.#waiting.delete(pod);
		let freed = false;
		for (const [name, attachment] of this.#attached) {
			if (!attachment.users.delete(pod) || attachment.users.size > 0) continue;
			const volume = this.#server.get("PersistentVolume", `/${name}`) as PersistentVolume | undefined;
			const detachUs = volume === undefined ? 0 : this.#timesOf(volume).detachUs;
			attachment.freeUs = this.#engine.nowUs + (this.#silent.has(node) ? FORCE_DETACH_US : detachUs);
			freed = true;
		}
		if (freed) this.#lookAgain();
	}
}

function isForOneNode({ spec: { accessModes } }: PersistentVolume): boolean {
	return !accessModes.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
}
