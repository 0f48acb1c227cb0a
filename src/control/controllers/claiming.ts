/**
 * What of a kind belongs to an owner by its selector: what belongs to nobody is taken in, what matches no more is let go. Source:
 * pkg/controller/controller_ref_manager.go.
 */
import { type LabelSelector, matchesLabels } from "../../objects/selector.js";
import { type ApiObject, ownerReferenceTo } from "../api-object.js";
import type { ApiResult } from "../api-server.js";
import { patch, type Step } from "../controller.js";
import { type Informers, NOBODY } from "../informers.js";

type Owner = ApiObject<{ readonly selector: LabelSelector }>;

/**
 * Whether anything was asked for: it is seen when the watch shows it. `isMember`: what besides labels makes an object one of the owner's.
 */
export function* claim(
	seen: Pick<Informers, "owned">,
	kind: string,
	owner: Owner,
	isMember: (object: ApiObject) => boolean = () => true,
): Generator<Step, boolean, readonly ApiResult[]> {
	const { namespace, uid, deletedUs } = owner.metadata;
	if (deletedUs !== null) return false;
	const matches = ({ metadata }: ApiObject) => matchesLabels(owner.spec.selector, metadata.labels);
	const strays = filtered(seen.owned(kind, uid).values(), (object) => !matches(object));
	const orphans = filtered(
		seen.owned(kind, NOBODY).values(),
		(object) =>
			object.metadata.namespace === namespace &&
			object.metadata.deletedUs === null &&
			matches(object) &&
			isMember(object),
	);
	for (const stray of strays) yield* patch(stray, (present) => withOwner(present, null));
	const reference = ownerReferenceTo(owner);
	for (const orphan of orphans)
		yield* patch(orphan, (present) => (present.metadata.owner === null ? withOwner(present, reference) : present));
	return strays.length + orphans.length > 0;
}

function filtered(objects: Iterable<ApiObject>, accepts: (object: ApiObject) => boolean): readonly ApiObject[] {
	const accepted: ApiObject[] = [];
	for (const object of objects) if (accepts(object)) accepted.push(object);
	return accepted;
}

function withOwner(object: ApiObject, owner: ApiObject["metadata"]["owner"]): ApiObject {
	return { ...object, metadata: { ...object.metadata, owner } };
}
