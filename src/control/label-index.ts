/** Objects of one kind by their labels, so that a selector is answered without a look at all of them. */
import type { ApiObject, Texts } from "./api-object.js";

const NONE: ReadonlyMap<number, ApiObject> = new Map();

export class LabelIndex {
	/** By namespace, and by namespace and label; then by uid. */
	readonly #sets = new Map<string, Map<number, ApiObject>>();

	/** An object came (`before` null), changed, or went (`after` null). */
	changed(before: ApiObject | null, after: ApiObject | null): void {
		if (before !== null && before.metadata.labels !== after?.metadata.labels)
			for (const name of namesOf(before)) this.#remove(name, before.metadata.uid);
		if (after === null) return;
		for (const name of namesOf(after)) {
			const set = this.#sets.get(name);
			if (set === undefined) this.#sets.set(name, new Map([[after.metadata.uid, after]]));
			else set.set(after.metadata.uid, after);
		}
	}

	/** The objects of a namespace that have all the labels, in order of creation. */
	having(namespace: string, labels: Texts): readonly ApiObject[] {
		const wanted = Object.entries(labels);
		let fewest = this.#sets.get(namespace) ?? NONE;
		for (const [key, value] of wanted) {
			const set = this.#sets.get(nameOf(namespace, key, value)) ?? NONE;
			if (set.size < fewest.size) fewest = set;
		}
		return [...fewest.values()]
			.filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels[key] === value))
			.sort((a, b) => a.metadata.uid - b.metadata.uid);
	}

	#remove(name: string, uid: number): void {
		const set = this.#sets.get(name);
		set?.delete(uid);
		if (set?.size === 0) this.#sets.delete(name);
	}
}

function namesOf({ metadata: { namespace, labels } }: ApiObject): readonly string[] {
	return [namespace, ...Object.entries(labels).map(([key, value]) => nameOf(namespace, key, value))];
}

/** No part of it holds a blank. */
function nameOf(namespace: string, key: string, value: string): string {
	return `${namespace} ${key} ${value}`;
}
