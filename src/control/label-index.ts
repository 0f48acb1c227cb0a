/** Objects of one kind by their labels, so that a selector is answered without a look at all of them. */
import { containsLabels } from "../objects/selector.js";
import type { ApiObject, Texts } from "./api-object.js";

/** Says whether what a selector finds may be another by now: `revision` has grown since if so. */
export interface Mark {
	readonly revision: number;
}

/** An object as it is now, and where it is found. */
interface Place {
	object: ApiObject;
	readonly labels: Texts;
	readonly sets: readonly Shared[];
}

/** The objects that share a label, or a namespace, by uid. */
interface Shared extends Mark {
	readonly objects: Map<number, Place>;
	revision: number;
}

const NONE: Shared = { objects: new Map(), revision: 0 };

export class LabelIndex {
	/** By namespace, and by namespace and label. */
	readonly #sets = new Map<string, Shared>();
	/** By uid. */
	readonly #places = new Map<number, Place>();

	/** An object came (`before` null), changed, or went (`after` null). */
	changed(before: ApiObject | null, after: ApiObject | null): void {
		if (before !== null && before.metadata.labels === after?.metadata.labels) {
			const place = this.#places.get(after.metadata.uid)!;
			place.object = after;
			for (const set of place.sets) set.revision++;
			return;
		}
		if (before !== null) {
			this.#places.delete(before.metadata.uid);
			for (const name of namesOf(before)) this.#remove(name, before.metadata.uid);
		}
		if (after === null) return;
		const { labels } = after.metadata;
		const place = { object: after, labels, sets: namesOf(after).map((name) => this.#setOf(name)) };
		this.#places.set(after.metadata.uid, place);
		for (const set of place.sets) {
			set.objects.set(after.metadata.uid, place);
			set.revision++;
		}
	}

	/** The objects of a namespace that have all the labels, in order of creation. */
	having(namespace: string, labels: Texts): readonly ApiObject[] {
		const found: ApiObject[] = [];
		let inOrder = true;
		let lastUid = 0;
		// Objects of one owner have their labels in common.
		let labelled: Texts | null = null;
		for (const [uid, place] of this.#fewest(namespace, labels).objects) {
			if (place.labels !== labelled) {
				if (!containsLabels(place.labels, labels)) continue;
				labelled = place.labels;
			}
			inOrder &&= lastUid < uid;
			lastUid = uid;
			found.push(place.object);
		}
		return inOrder ? found : found.sort((a, b) => a.metadata.uid - b.metadata.uid);
	}

	/**
	 * As long as its revision stays, `having` answers the same. It may grow for objects that only share one of the labels. Null where no
	 * object has one of them: ask again.
	 */
	mark(namespace: string, labels: Texts): Mark | null {
		const fewest = this.#fewest(namespace, labels);
		return fewest === NONE ? null : fewest;
	}

	#fewest(namespace: string, wanted: Texts): Shared {
		let fewest = this.#sets.get(namespace) ?? NONE;
		for (const [key, value] of Object.entries(wanted)) {
			const set = this.#sets.get(nameOf(namespace, key, value)) ?? NONE;
			if (set.objects.size < fewest.objects.size) fewest = set;
		}
		return fewest;
	}

	#setOf(name: string): Shared {
		let set = this.#sets.get(name);
		if (set === undefined) {
			set = { objects: new Map(), revision: 0 };
			this.#sets.set(name, set);
		}
		return set;
	}

	#remove(name: string, uid: number): void {
		const set = this.#sets.get(name);
		if (set === undefined || !set.objects.delete(uid)) return;
		set.revision++;
		if (set.objects.size === 0) this.#sets.delete(name);
	}
}

function namesOf({ metadata: { namespace, labels } }: ApiObject): readonly string[] {
	return [namespace, ...Object.entries(labels).map(([key, value]) => nameOf(namespace, key, value))];
}

/** No part of it holds a blank. */
function nameOf(namespace: string, key: string, value: string): string {
	return `${namespace} ${key} ${value}`;
}
