/**
 * Binds claims to volumes, has volumes made for claims whose class does that, and reclaims volumes whose claims are gone; a claim that is
 * deleted stays while a pod uses it. Source: pkg/controller/volume/persistentvolume (pv_controller.go), .../pvcprotection.
 *
 * A claim gets the smallest volume of its class that is large enough and has its modes and labels. Where the class waits for a first
 * consumer, the scheduler has chosen by then: a volume (claimRef) or a node for whose sake one is made (annotation).
 *
 * Divergence from Kubernetes: the provisioner is part of this controller, and never fails; a volume that is made can be reached from the zone of its
 * node, or of a zone drawn by the claim's number where there is no node yet; a volume of reclaim policy Delete is gone at once; claims are not
 * expanded.
 */
import type { SimTime } from "../../engine/time.js";
import { parseQuantity } from "../../objects/quantity.js";
import { matchesLabels } from "../../objects/selector.js";
import { type Draft, keyOf } from "../api-object.js";
import type { ApiChange, ApiResult } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	create,
	granted,
	type MakeController,
	patch,
	remove,
	type Step,
	type Sync,
} from "../controller.js";
import { nodeKey } from "../kinds/node.js";
import type { PersistentVolume } from "../kinds/persistent-volume.js";
import { CLAIM_PROTECTION, type PersistentVolumeClaim, SELECTED_NODE } from "../kinds/persistent-volume-claim.js";
import { NO_PROVISIONER, type StorageClass, timesOf } from "../kinds/storage-class.js";
import { isTerminal, type Pod } from "../pod.js";
import { claimKeysOf } from "../pod-volumes.js";

type Answers = readonly ApiResult[];

const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const ZONE = "topology.kubernetes.io/zone";

export const persistentVolumeBinder: MakeController = (context) => new PersistentVolumeBinder(context);

/** Its keys: `claim default/data-0`, `volume data`. */
class PersistentVolumeBinder implements Controller {
	readonly name = "persistentvolume-controller";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		PersistentVolumeClaim: (change) => this.#claimChanged(change),
		PersistentVolume: (change) => this.#volumeChanged(change),
		StorageClass: () => this.#lookAtPending(),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	/** When the volume of a claim will have been made, by the claim's uid. */
	readonly #making = new Map<number, SimTime>();

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	#claimChanged({ key, before, after }: ApiChange): void {
		this.#context.enqueue(`claim ${key}`);
		const { volumeName } = ((after ?? before)! as PersistentVolumeClaim).spec;
		if (after === null && volumeName !== "") this.#context.enqueue(`volume ${volumeName}`);
	}

	#volumeChanged({ after, before }: ApiChange): void {
		this.#context.enqueue(`volume ${(after ?? before)!.metadata.name}`);
		if (after !== null) this.#lookAtPending();
	}

	#lookAtPending(): void {
		for (const [key, claim] of this.#context.seen.all("PersistentVolumeClaim"))
			if ((claim as PersistentVolumeClaim).status.phase === "Pending") this.#context.enqueue(`claim ${key}`);
	}

	/** One pod less may use its claims. */
	#podChanged({ before, after }: ApiChange): void {
		const ended = after === null || isTerminal((after as Pod).status.phase);
		if (!ended) return;
		for (const key of claimKeysOf((after ?? before) as Pod)) this.#context.enqueue(`claim ${key}`);
	}

	*reconcile(key: string): Sync {
		const [what, name] = key.split(" ") as [string, string];
		if (what === "volume") {
			const volume = this.#volume(name);
			if (volume !== undefined) yield* this.#reclaim(volume);
			return;
		}
		const claim = this.#context.seen.get("PersistentVolumeClaim", name) as PersistentVolumeClaim | undefined;
		if (claim === undefined) return;
		if (claim.metadata.deletedUs !== null) yield* this.#letGo(claim);
		else if (claim.status.phase === "Pending") yield* this.#bind(claim);
		else if (claim.status.phase === "Bound" && this.#volume(claim.spec.volumeName) === undefined)
			yield* this.#setPhase(claim, "Lost");
	}

	#volume(name: string): PersistentVolume | undefined {
		return this.#context.seen.get("PersistentVolume", `/${name}`) as PersistentVolume | undefined;
	}

	#classOf({ spec }: PersistentVolumeClaim): StorageClass | undefined {
		return this.#context.seen.get("StorageClass", `/${spec.storageClassName ?? ""}`) as StorageClass | undefined;
	}

	*#bind(claim: PersistentVolumeClaim): Generator<Step, void, Answers> {
		const storageClass = this.#classOf(claim);
		const selected = claim.metadata.annotations[SELECTED_NODE];
		const waits = storageClass?.spec.volumeBindingMode === "WaitForFirstConsumer";
		const volume = this.#matching(claim, waits);
		if (volume !== null) {
			yield* this.#complete(claim, volume);
			return;
		}
		if (claim.spec.volumeName !== "") return;
		if (waits && selected === undefined) {
			const message = "waiting for first consumer to be created before binding";
			this.#context.event(claim, "Normal", "WaitForFirstConsumer", message);
		} else if (storageClass !== undefined && storageClass.spec.provisioner !== NO_PROVISIONER)
			yield* this.#provision(claim, storageClass, selected);
		else if ((claim.spec.storageClassName ?? "") !== "" && storageClass === undefined) {
			const message = `storageclass.storage.k8s.io "${claim.spec.storageClassName}" not found`;
			this.#context.event(claim, "Warning", "ProvisioningFailed", message);
		} else {
			const message = "no persistent volumes available for this claim and no storage class is set";
			this.#context.event(claim, "Normal", "FailedBinding", message);
		}
	}

	/** The volume that is kept for the claim, or, unless the scheduler chooses, the smallest free one that will do. */
	#matching(claim: PersistentVolumeClaim, waits: boolean): PersistentVolume | null {
		const volumes = [...this.#context.seen.all("PersistentVolume").values()] as PersistentVolume[];
		const named = claim.spec.volumeName === "" ? null : this.#volume(claim.spec.volumeName);
		if (named !== null) return named !== undefined && isFreeFor(named, claim) ? named : null;
		const kept = volumes.find((volume) => volume.spec.claimRef !== null && isFreeFor(volume, claim));
		if (kept !== undefined) return kept;
		if (waits) return null;
		const fitting = volumes.filter((volume) => volume.spec.claimRef === null && fits(volume, claim));
		return fitting.sort((a, b) => bytesOf(a) - bytesOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1))[0] ?? null;
	}

	*#complete(claim: PersistentVolumeClaim, volume: PersistentVolume): Generator<Step, void, Answers> {
		const { namespace, name, uid } = claim.metadata;
		const claimRef = { namespace, name, uid };
		granted(
			yield* patch(volume, (present) =>
				isFreeFor(present, claim) || present.spec.claimRef === null
					? { ...present, spec: { ...present.spec, claimRef }, status: { phase: "Bound" } as const }
					: { code: 409, message: `volume "${volume.metadata.name}" was bound to another claim` },
			),
		);
		granted(
			yield* patch(claim, (present) => ({
				...present,
				metadata: { ...present.metadata, annotations: { ...present.metadata.annotations, [BIND_COMPLETED]: "yes" } },
				spec: { ...present.spec, volumeName: volume.metadata.name },
				status: { phase: "Bound" as const },
			})),
		);
	}

	/** Begins to make a volume, or puts the one that is made in its place. */
	*#provision(
		claim: PersistentVolumeClaim,
		storageClass: StorageClass,
		node: string | undefined,
	): Generator<Step, void, Answers> {
		const { uid } = claim.metadata;
		const { nowUs } = this.#context.clock;
		let readyUs = this.#making.get(uid);
		if (readyUs === undefined) {
			readyUs = nowUs + timesOf(storageClass).provisionUs;
			this.#making.set(uid, readyUs);
			const message = `Waiting for a volume to be created by '${storageClass.spec.provisioner}'`;
			this.#context.event(claim, "Normal", "ExternalProvisioning", message);
		}
		if (readyUs > nowUs) {
			this.#context.enqueueAfter(`claim ${keyOf(claim)}`, readyUs - nowUs);
			return;
		}
		this.#making.delete(uid);
		const made = yield* create(volumeFor(claim, storageClass, this.#reachOf(claim, storageClass, node)));
		const volume = granted<PersistentVolume>(made);
		this.#context.event(
			claim,
			"Normal",
			"ProvisioningSucceeded",
			`Successfully provisioned volume ${volume.metadata.name}`,
		);
		yield* this.#complete(claim, volume);
	}

	/** The zone that a volume is made in: that of the node; without one the classes' zones, or those there are, in turn. */
	#reachOf(claim: PersistentVolumeClaim, { spec }: StorageClass, node: string | undefined): string | null {
		const nodes = [...this.#context.seen.all("Node").values()];
		if (node !== undefined) return this.#context.seen.get("Node", nodeKey(node))?.metadata.labels[ZONE] ?? null;
		const allowed = spec.allowedTopologies.flatMap(({ matchLabelExpressions }) =>
			matchLabelExpressions.filter(({ key }) => key === ZONE).flatMap(({ values }) => values),
		);
		const found = nodes.flatMap(({ metadata }) => metadata.labels[ZONE] ?? []);
		const zones = [...new Set(allowed.length > 0 ? allowed : found)].sort();
		return zones[claim.metadata.uid % zones.length] ?? null;
	}

	*#setPhase(claim: PersistentVolumeClaim, phase: "Lost"): Generator<Step, void, Answers> {
		granted(yield* patch(claim, (present) => ({ ...present, status: { phase } })));
		this.#context.event(
			claim,
			"Warning",
			"ClaimLost",
			"Bound claim has lost its PersistentVolume. Data on the volume is lost!",
		);
	}

	/** A deleted claim goes when nobody uses it any more. */
	*#letGo(claim: PersistentVolumeClaim): Generator<Step, void, Answers> {
		const key = keyOf(claim);
		const pods = [...this.#context.seen.all("Pod").values()] as Pod[];
		if (pods.some((pod) => !isTerminal(pod.status.phase) && claimKeysOf(pod).includes(key))) return;
		const done = yield* patch(claim, (present) => {
			const finalizers = present.metadata.finalizers.filter((finalizer) => finalizer !== CLAIM_PROTECTION);
			return { ...present, metadata: { ...present.metadata, finalizers } };
		});
		if (!done.ok && done.error.code !== 404) granted(done);
	}

	/** What becomes of a volume whose claim is gone. */
	*#reclaim(volume: PersistentVolume): Generator<Step, void, Answers> {
		const { claimRef, persistentVolumeReclaimPolicy: policy } = volume.spec;
		if (claimRef?.uid == null || volume.status.phase !== "Bound") return;
		const claim = this.#context.seen.get("PersistentVolumeClaim", keyOf({ metadata: claimRef }));
		if (claim?.metadata.uid === claimRef.uid) return;
		if (policy === "Delete") yield* remove("PersistentVolume", `/${volume.metadata.name}`);
		else granted(yield* patch(volume, (present) => ({ ...present, status: { phase: "Released" as const } })));
	}
}

/** Kept for this claim: by its uid, or, where nobody has bound it yet, by its name. */
function isFreeFor({ spec: { claimRef }, status }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
	if (claimRef === null) return status.phase === "Available";
	if (claimRef.uid !== null) return claimRef.uid === metadata.uid;
	return claimRef.namespace === metadata.namespace && claimRef.name === metadata.name;
}

function fits(volume: PersistentVolume, { spec }: PersistentVolumeClaim): boolean {
	return (
		volume.status.phase === "Available" &&
		volume.spec.storageClassName === (spec.storageClassName ?? "") &&
		volume.spec.volumeMode === spec.volumeMode &&
		spec.accessModes.every((mode) => volume.spec.accessModes.includes(mode)) &&
		bytesOf(volume) >= parseQuantity(spec.resources.requests["storage"]!, "unit") &&
		(spec.selector === null || matchesLabels(spec.selector, volume.metadata.labels))
	);
}

function bytesOf({ spec }: PersistentVolume): number {
	return parseQuantity(spec.capacity["storage"]!, "unit");
}

function volumeFor(claim: PersistentVolumeClaim, { metadata, spec }: StorageClass, zone: string | null): Draft {
	const { namespace, name, uid } = claim.metadata;
	const inZone = [{ key: ZONE, operator: "In", values: [zone] }];
	return {
		kind: "PersistentVolume",
		metadata: { namespace: "", name: `pvc-${uid}` },
		spec: {
			capacity: { storage: claim.spec.resources.requests["storage"]! },
			accessModes: claim.spec.accessModes,
			storageClassName: metadata.name,
			volumeMode: claim.spec.volumeMode,
			persistentVolumeReclaimPolicy: spec.reclaimPolicy,
			claimRef: { namespace, name, uid },
			nodeAffinity: zone === null ? null : { required: { nodeSelectorTerms: [{ matchExpressions: inZone }] } },
			csi: { driver: spec.provisioner, volumeHandle: `pvc-${uid}` },
		} satisfies PersistentVolume["spec"],
		status: { phase: "Available" },
	};
}
