/**
 * The history of templates of a StatefulSet or DaemonSet. Source: pkg/controller/history (controller_history.go), statefulset
 * (stateful_set_control.go), daemon (update.go).
 *
 * Divergence from Kubernetes: names are hashes of another function, and never collide.
 */
import { type ApiObject, keyOf, ownerReferenceTo } from "../api-object.js";
import type { ApiResult } from "../api-server.js";
import { create, granted, remove, type Step, update } from "../controller.js";
import type { Informers } from "../informers.js";
import type { ControllerRevision } from "../kinds/controller-revision.js";
import { hashOf, labelsOf } from "../kinds/pod-template.js";
import type { PodTemplate } from "../pod.js";

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** The label by which pods say what they were made from. */
export const REVISION_HASH = "controller-revision-hash";

type Owner = ApiObject<{ readonly template: PodTemplate; readonly revisionHistoryLimit: number }>;

/** Oldest first. */
export function revisionsOf(seen: Informers, { metadata }: Owner): readonly ControllerRevision[] {
	const revisions = [...seen.owned("ControllerRevision", metadata.uid).values()] as ControllerRevision[];
	return revisions.sort((a, b) => a.spec.revision - b.spec.revision || a.metadata.uid - b.metadata.uid);
}

/** The revision of the present template: made if it is new, the newest again if it was one before. */
export function* newestRevision(owner: Owner, revisions: readonly ControllerRevision[]): Steps<ControllerRevision> {
	const { template } = owner.spec;
	const hash = hashOf(template);
	const newest = revisions.at(-1);
	const revision = (newest?.spec.revision ?? 0) + 1;
	const equal = revisions.find(({ spec }) => hashOf(spec.template) === hash);
	if (equal !== undefined && equal === newest) return equal;
	if (equal !== undefined)
		return granted<ControllerRevision>(yield* update({ ...equal, spec: { ...equal.spec, revision } }));
	const { namespace, name } = owner.metadata;
	return granted<ControllerRevision>(
		yield* create({
			kind: "ControllerRevision",
			metadata: {
				namespace,
				name: `${name}-${hash}`,
				labels: { ...labelsOf(template), [REVISION_HASH]: hash },
				owner: ownerReferenceTo(owner),
			},
			spec: { template, revision },
			status: null,
		}),
	);
}

/** Deletes the oldest of those that nothing is made from, but for as many as the history shall have. */
export function* trimHistory(
	{ spec }: Owner,
	revisions: readonly ControllerRevision[],
	live: (revision: ControllerRevision) => boolean,
): Steps<void> {
	const idle = revisions.filter((revision) => !live(revision));
	for (const revision of idle.slice(0, Math.max(0, idle.length - spec.revisionHistoryLimit)))
		yield* remove("ControllerRevision", keyOf(revision));
}
