/**
 * The Services that a controller has seen, by what they select, so that those of a pod are found without a look at all of them. Told of
 * each change of a Service.
 */
import { containsLabels } from "../../objects/selector.js";
import type { ApiObject } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import type { Service } from "../kinds/service.js";
import type { Pod } from "../pod.js";

export class ServiceSelectors {
	/** By namespace and the first label that they ask for, by key. */
	readonly #services = new Map<string, Map<string, Service>>();

	changed({ key, before, after }: ApiChange): void {
		const was = placeOf(before);
		if (was !== null) this.#services.get(was)?.delete(key);
		const is = placeOf(after);
		if (is === null) return;
		let services = this.#services.get(is);
		if (services === undefined) this.#services.set(is, (services = new Map()));
		services.set(key, after as Service);
	}

	/** The keys of those that select one of the pods, in order of creation. Null for no pod. */
	selecting(...pods: readonly (Pod | null)[]): readonly string[] {
		if (this.#services.size === 0) return [];
		const found = new Map<string, number>();
		for (const pod of pods)
			for (const [label, value] of Object.entries(pod?.metadata.labels ?? {}))
				for (const [key, service] of this.#services.get(`${pod!.metadata.namespace} ${label} ${value}`) ?? [])
					if (selects(service, pod!)) found.set(key, service.metadata.uid);
		return [...found].sort((a, b) => a[1] - b[1]).map(([key]) => key);
	}
}

/** A Service without a selector selects no pod. */
export function selects({ metadata, spec }: Service, pod: Pod): boolean {
	return (
		Object.keys(spec.selector).length > 0 &&
		metadata.namespace === pod.metadata.namespace &&
		containsLabels(pod.metadata.labels, spec.selector)
	);
}

/** No part of it holds a blank. */
function placeOf(service: ApiObject | null): string | null {
	const [first] = service === null ? [] : Object.entries((service as Service).spec.selector);
	return first === undefined ? null : `${service!.metadata.namespace} ${first[0]} ${first[1]}`;
}
