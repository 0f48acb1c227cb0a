/**
 * Brings a Deployment from one template to the next by way of ReplicaSets, one step a sync. Source: pkg/controller/deployment
 * (deployment_controller.go, sync.go, rolling.go, recreate.go).
 *
 * Divergence from Kubernetes: template hashes are another function's, and never collide. Where the only ReplicaSet with pods has the new size
 * of a Deployment that was scaled by chance, that is noted on it; Kubernetes stands still for ever then (kubernetes pull request 138036).
 */
import { SECOND } from "../../../engine/time.js";
import { type ApiObject, keyOf, ownerReferenceTo } from "../../api-object.js";
import type { ApiResult } from "../../api-server.js";
import {
	type Controller,
	type ControllerContext,
	create,
	get,
	granted,
	type MakeController,
	remove,
	type Step,
	type Sync,
	update,
} from "../../controller.js";
import { NOBODY } from "../../informers.js";
import type { Deployment, DeploymentStatus } from "../../kinds/deployment.js";
import type { ReplicaSet } from "../../kinds/replica-set.js";
import { isTerminal, type Pod } from "../../pod.js";
import { counted, shrinkByLists } from "./listed-pods.js";
import { newReplicaSet } from "./new-replica-set.js";
import {
	beyondHistory,
	hasPods,
	isSaturated,
	newReplicaSetOf,
	oldestFirst,
	REVISION,
	revisionOf,
	selects,
	sizeNotes,
	wasScaled,
} from "./revisions.js";
import { newSize, type Resize, scaleInProportion, shrinkOld } from "./rolling-update.js";
import {
	condition,
	countedStatus,
	hasDeadline,
	isFullyRolledOut,
	NEW_AVAILABLE,
	news,
	PAUSED,
	rolloutStatus,
	sameStatus,
	TIMED_OUT,
	untilDeadlineUs,
} from "./status.js";

/**
 * What a sync saw that asked for nothing and has the Deployment looked at again at once: one that sees the same does the same. Of a
 * Deployment that was complete and lacks pods there are ten a second.
 */
interface Vain {
	readonly deployment: Deployment;
	readonly sets: readonly ApiObject[];
}

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** The ReplicaSets of a Deployment. */
interface Revisions {
	readonly fresh: ReplicaSet | null;
	readonly olds: readonly ReplicaSet[];
}

export const deploymentController: MakeController = (context) => new DeploymentController(context, false);

/** That of Kubernetes 1.4, which lists pods: see `listed-pods.ts`. */
export const listingDeploymentController: MakeController = (context) => new DeploymentController(context, true);

class DeploymentController implements Controller {
	readonly name = "deployment-controller";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		Deployment: ({ key }) => this.#context.enqueue(key),
		ReplicaSet: ({ before, after }) => this.#enqueueOwner((after ?? before)!),
		Pod: ({ before, after }) => {
			if (after === null) this.#podGone(before as Pod);
			if (this.#listsPods) this.#podChanged((after ?? before) as Pod);
		},
	};
	readonly #context: ControllerContext;
	readonly #listsPods: boolean;
	readonly #vain = new Map<string, Vain>();

	constructor(context: ControllerContext, listsPods: boolean) {
		this.#context = context;
		this.#listsPods = listsPods;
	}

	#enqueueOwner({ metadata: { owner, namespace } }: ApiObject): void {
		if (owner?.kind === "Deployment") this.#context.enqueue(`${namespace}/${owner.name}`);
	}

	#setOf({ metadata: { owner, namespace } }: Pod): ReplicaSet | undefined {
		if (owner?.kind !== "ReplicaSet") return undefined;
		return this.#context.seen.get("ReplicaSet", `${namespace}/${owner.name}`) as ReplicaSet | undefined;
	}

	/** Recreate waits until the last old pod is gone. */
	#podGone(pod: Pod): void {
		const set = this.#setOf(pod);
		const deployment = set && this.#deploymentOf(set);
		if (deployment?.spec.strategy.type === "Recreate" && this.#podsOf(this.#ownSets(deployment)).length === 0)
			this.#context.enqueue(keyOf(deployment));
	}

	/** Where no old pods are left, nothing is asked of a change that ReplicaSets do not tell. */
	#podChanged(pod: Pod): void {
		const set = this.#setOf(pod);
		const deployment = set && this.#deploymentOf(set);
		if (deployment && this.#ownSets(deployment).filter(({ spec }) => spec.replicas > 0).length > 1)
			this.#context.enqueue(keyOf(deployment));
	}

	#deploymentOf({ metadata: { owner, namespace } }: ReplicaSet): Deployment | undefined {
		return owner === null
			? undefined
			: (this.#context.seen.get("Deployment", `${namespace}/${owner.name}`) as Deployment | undefined);
	}

	#ownSets({ metadata: { uid } }: Deployment): readonly ReplicaSet[] {
		return [...this.#context.seen.owned("ReplicaSet", uid).values()] as ReplicaSet[];
	}

	#podsOf(sets: readonly ReplicaSet[]): readonly Pod[] {
		return sets.flatMap(({ metadata: { uid } }) => [...this.#context.seen.owned("Pod", uid).values()] as Pod[]);
	}

	*#adopt(deployment: Deployment): Steps<readonly ReplicaSet[]> {
		const sets = [...this.#ownSets(deployment)];
		if (deployment.metadata.deletedUs !== null) return sets;
		for (const orphan of this.#context.seen.owned("ReplicaSet", NOBODY).values()) {
			const set = orphan as ReplicaSet;
			if (!selects(deployment, set)) continue;
			const metadata = { ...set.metadata, owner: ownerReferenceTo(deployment) };
			sets.push(granted<ReplicaSet>(yield* update({ ...set, metadata })));
		}
		return sets;
	}

	/** The ReplicaSet of the present template, made if `make` says so. */
	*#revisions(deployment: Deployment, sets: readonly ReplicaSet[], make: boolean): Steps<Revisions> {
		const found = newReplicaSetOf(deployment, sets);
		const olds = sets.filter((set) => set !== found);
		const revision = String(Math.max(0, ...olds.map(revisionOf)) + 1);
		if (found !== null) {
			const outdated = revisionOf(found) < Number(revision);
			const minReady = found.spec.minReadySeconds !== deployment.spec.minReadySeconds;
			if (!outdated && !minReady) {
				yield* this.#noteRevision(
					deployment,
					found,
					"FoundNewReplicaSet",
					`Found new replica set "${found.metadata.name}"`,
				);
				return { fresh: found, olds };
			}
			const annotations = { ...found.metadata.annotations, ...(outdated && { [REVISION]: revision }) };
			const spec = { ...found.spec, minReadySeconds: deployment.spec.minReadySeconds };
			const changed = { ...found, metadata: { ...found.metadata, annotations }, spec: minReady ? spec : found.spec };
			return { fresh: granted<ReplicaSet>(yield* update(changed)), olds };
		}
		if (!make) return { fresh: null, olds };
		const draft = newReplicaSet(deployment, sets, revision);
		const made = yield* create(draft);
		if (!made.ok && made.error.code !== 409)
			yield* this.#tellRefused(deployment, draft.metadata.name, made.error.message);
		const fresh = granted<ReplicaSet>(made);
		if (fresh.spec.replicas > 0) this.#tellScaled(deployment, fresh, 0, fresh.spec.replicas);
		yield* this.#noteRevision(
			deployment,
			fresh,
			"NewReplicaSetCreated",
			`Created new replica set "${fresh.metadata.name}"`,
			true,
		);
		return { fresh, olds };
	}

	/** Its new ReplicaSet may not be. */
	*#tellRefused(deployment: Deployment, name: string, why: string): Steps<void> {
		const reason = "ReplicaSetCreateError";
		const message = `Failed to create new replica set "${name}": ${why}`;
		if (hasDeadline(deployment)) {
			const failed = condition("False", reason, message, this.#context.clock.nowUs);
			yield* this.#write(deployment, {
				...deployment.status,
				progressing: news(deployment.status.progressing, failed),
			});
		}
		this.#context.event(deployment, "Warning", reason, message);
	}

	/** The Deployment has the revision of its new ReplicaSet, and says that it has begun. */
	*#noteRevision(
		deployment: Deployment,
		fresh: ReplicaSet,
		reason: string,
		message: string,
		isNew = false,
	): Steps<void> {
		const revision = fresh.metadata.annotations[REVISION]!;
		const { annotations } = deployment.metadata;
		const begins = hasDeadline(deployment) && (isNew || deployment.status.progressing === null);
		if (annotations[REVISION] === revision && !begins) return;
		const progressing = begins
			? condition("True", reason, message, this.#context.clock.nowUs)
			: deployment.status.progressing;
		const metadata = { ...deployment.metadata, annotations: { ...annotations, [REVISION]: revision } };
		granted(yield* update({ ...deployment, metadata, status: { ...deployment.status, progressing } }));
	}

	/** Sets the size of a ReplicaSet, and what is noted on it; whether there was anything to set. What has its size keeps its notes. */
	*#scale(deployment: Deployment, set: ReplicaSet, replicas: number): Steps<boolean> {
		return set.spec.replicas !== replicas && (yield* this.#scaleAndNote(deployment, set, replicas));
	}

	/** Also where only what is noted has to change; whether the size is another one now. */
	*#scaleAndNote(deployment: Deployment, set: ReplicaSet, replicas: number): Steps<boolean> {
		const notes = sizeNotes(deployment);
		const noted = Object.entries(notes).every(([key, text]) => set.metadata.annotations[key] === text);
		if (set.spec.replicas === replicas && noted) return false;
		const metadata = { ...set.metadata, annotations: { ...set.metadata.annotations, ...notes } };
		const spec = set.spec.replicas === replicas ? set.spec : { ...set.spec, replicas };
		granted(yield* update({ ...set, metadata, spec }));
		if (set.spec.replicas === replicas) return false;
		this.#tellScaled(deployment, set, set.spec.replicas, replicas);
		return true;
	}

	#tellScaled(deployment: Deployment, { metadata }: ReplicaSet, from: number, to: number): void {
		const way = to > from ? "up" : "down";
		this.#context.event(
			deployment,
			"Normal",
			"ScalingReplicaSet",
			`Scaled ${way} replica set ${metadata.name} from ${from} to ${to}`,
		);
	}

	/** Whether it is to be looked at again at once, though it waits for nothing but its ReplicaSets. */
	*#rollingUpdate(deployment: Deployment, sets: readonly ReplicaSet[]): Steps<boolean> {
		const { fresh, olds } = yield* this.#revisions(deployment, sets, true);
		const all = [...olds, fresh!];
		let stepped = yield* this.#scale(deployment, fresh!, newSize(deployment, all, fresh!.spec.replicas));
		if (!stepped)
			for (const { set, replicas } of yield* this.#shrink(deployment, fresh!, olds))
				stepped = (yield* this.#scale(deployment, set, replicas)) || stepped;
		if (!stepped && isFullyRolledOut(deployment, deployment.status)) yield* this.#cleanUp(deployment, olds);
		return yield* this.#writeRollout(deployment, { fresh, olds }, stepped);
	}

	*#shrink(deployment: Deployment, fresh: ReplicaSet, olds: readonly ReplicaSet[]): Steps<readonly Resize[]> {
		if (!this.#listsPods) return shrinkOld(deployment, fresh, olds);
		return yield* shrinkByLists(deployment, fresh, olds, (set) => this.#counted(set));
	}

	#counted(set: ReplicaSet): ReplicaSet {
		return counted(set, this.#podsOf([set]), this.#context.clock.nowUs);
	}

	*#recreate(deployment: Deployment, sets: readonly ReplicaSet[]): Steps<void> {
		const found = yield* this.#revisions(deployment, sets, false);
		let stepped = false;
		for (const set of found.olds)
			if (set.spec.replicas > 0) stepped = (yield* this.#scale(deployment, set, 0)) || stepped;
		const running = this.#podsOf(found.olds).some(({ status }) => !isTerminal(status.phase));
		if (stepped || running) {
			yield* this.#writeRollout(deployment, found, stepped);
			return;
		}
		const made = found.fresh === null ? yield* this.#revisions(deployment, sets, true) : found;
		yield* this.#scale(deployment, made.fresh!, deployment.spec.replicas);
		if (isFullyRolledOut(deployment, deployment.status)) yield* this.#cleanUp(deployment, made.olds);
		yield* this.#writeRollout(deployment, made, false);
	}

	/** Sizes only: no new revision begins. */
	*#resize(deployment: Deployment, sets: readonly ReplicaSet[]): Steps<void> {
		const found = yield* this.#revisions(deployment, sets, false);
		const all = found.fresh === null ? found.olds : [...found.olds, found.fresh];
		yield* this.#scaleAll(deployment, found);
		if (deployment.spec.paused) yield* this.#cleanUp(deployment, found.olds);
		yield* this.#write(deployment, countedStatus(deployment, all, found.fresh, this.#context.clock.nowUs));
	}

	*#scaleAll(deployment: Deployment, { fresh, olds }: Revisions): Steps<void> {
		const all = fresh === null ? olds : [...olds, fresh];
		const active = all.filter(({ spec }) => spec.replicas > 0);
		const { replicas } = deployment.spec;
		if (active.length <= 1) {
			const only = active[0] ?? fresh ?? [...olds].sort(oldestFirst).at(-1);
			if (only !== undefined) yield* this.#scaleAndNote(deployment, only, replicas);
			return;
		}
		if (fresh !== null && isSaturated(deployment, fresh)) {
			for (const set of active) if (set !== fresh) yield* this.#scale(deployment, set, 0);
			return;
		}
		if (deployment.spec.strategy.type !== "RollingUpdate") return;
		for (const { set, replicas: size } of scaleInProportion(deployment, active))
			yield* this.#scaleAndNote(deployment, set, size);
	}

	*#cleanUp(deployment: Deployment, olds: readonly ReplicaSet[]): Steps<void> {
		for (const set of beyondHistory(deployment, olds)) yield* remove("ReplicaSet", keyOf(set));
	}

	/**
	 * Whether it has the Deployment looked at again at once, and will as long as there is nothing new. `stepped`: a ReplicaSet has just got
	 * another size.
	 */
	*#writeRollout(deployment: Deployment, { fresh, olds }: Revisions, stepped: boolean): Steps<boolean> {
		const all = fresh === null ? olds : [...olds, fresh];
		const lists = this.#listsPods && hasPods(olds);
		const sets = lists ? all.map((set) => this.#counted(set)) : all;
		const status = rolloutStatus(deployment, sets, fresh, this.#context.clock.nowUs);
		// It writes then, whether there is anything to write or not.
		if (lists && stepped && sameStatus(status, deployment.status)) yield* get(deployment.kind, keyOf(deployment));
		if (!sameStatus(status, deployment.status)) {
			yield* this.#write(deployment, status);
			return false;
		}
		const leftUs = untilDeadlineUs(deployment, status, this.#context.clock.nowUs);
		if (leftUs === null) return false;
		// One that was complete and has lost pods never times out: Kubernetes too looks at it ten times a second from then on.
		if (leftUs < SECOND) this.#context.enqueueRateLimited(keyOf(deployment));
		else this.#context.enqueueAfter(keyOf(deployment), leftUs + SECOND);
		return leftUs < SECOND && status.progressing?.reason === NEW_AVAILABLE;
	}

	*#write(deployment: Deployment, status: DeploymentStatus): Steps<void> {
		if (!sameStatus(status, deployment.status)) granted(yield* update({ ...deployment, status }));
	}

	/** A Deployment that was paused, or goes on, says so; its deadline stands still meanwhile. */
	*#notePause(deployment: Deployment): Steps<Deployment> {
		const current = deployment.status.progressing;
		if (!hasDeadline(deployment) || current?.reason === TIMED_OUT) return deployment;
		const { paused } = deployment.spec;
		if (paused === (current?.reason === PAUSED)) return deployment;
		const progressing = paused
			? condition("Unknown", PAUSED, "Deployment is paused", this.#context.clock.nowUs)
			: condition("Unknown", "DeploymentResumed", "Deployment is resumed", this.#context.clock.nowUs);
		return granted<Deployment>(yield* update({ ...deployment, status: { ...deployment.status, progressing } }));
	}

	*reconcile(key: string): Sync {
		const found = this.#context.seen.get("Deployment", key) as Deployment | undefined;
		const vain = this.#vain.get(key);
		if (vain !== undefined && vain.deployment === found && this.#stands(vain)) {
			this.#context.enqueueRateLimited(key);
			return;
		}
		this.#vain.delete(key);
		if (found === undefined) return;
		const sync = this.#sync(found);
		let asked = false;
		let step = sync.next([]);
		for (; !step.done; step = sync.next(yield step.value)) asked = true;
		if (step.value && !asked) this.#vain.set(key, { deployment: found, sets: this.#ownSets(found) });
	}

	/** Whether its ReplicaSets are what they were. */
	#stands({ deployment, sets }: Vain): boolean {
		const own = this.#context.seen.owned("ReplicaSet", deployment.metadata.uid);
		if (own.size !== sets.length || this.#context.seen.owned("ReplicaSet", NOBODY).size > 0) return false;
		let i = 0;
		for (const set of own.values()) if (set !== sets[i++]) return false;
		return true;
	}

	/** Whether it has the Deployment looked at again at once, and will as long as there is nothing new. */
	*#sync(found: Deployment): Steps<boolean> {
		const sets = yield* this.#adopt(found);
		if (found.metadata.deletedUs !== null) {
			const { fresh, olds } = yield* this.#revisions(found, sets, false);
			yield* this.#write(
				found,
				countedStatus(found, fresh === null ? olds : [...olds, fresh], fresh, this.#context.clock.nowUs),
			);
			return false;
		}
		const deployment = yield* this.#notePause(found);
		const { strategy, paused } = deployment.spec;
		if (paused || wasScaled(deployment, sets)) yield* this.#resize(deployment, sets);
		else if (strategy.type === "Recreate") yield* this.#recreate(deployment, sets);
		else return yield* this.#rollingUpdate(deployment, sets);
		return false;
	}
}
