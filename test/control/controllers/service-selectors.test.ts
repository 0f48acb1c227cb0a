import fc from "fast-check";
import { expect, test } from "vitest";
import type { ApiObject } from "../../../src/control/api-object.js";
import { ServiceSelectors, selects } from "../../../src/control/controllers/service-selectors.js";
import type { Service } from "../../../src/control/kinds/service.js";
import { apiPod } from "../../support/api-objects.js";

const LABELS = fc.dictionary(fc.constantFrom("app", "tier"), fc.constantFrom("a", "b"), { noNullPrototype: true });
const CHANGES = fc.array(fc.record({ uid: fc.integer({ min: 1, max: 5 }), selector: fc.option(LABELS) }));

function serviceOf(uid: number, selector: Readonly<Record<string, string>>): Service {
	const { metadata } = apiPod({ uid, labels: {} });
	return { kind: "Service", metadata: { ...metadata, name: `s${uid}` }, spec: { selector }, status: null } as Service;
}

test("the Services of pods are found as by a look at all of them", () => {
	fc.assert(
		fc.property(CHANGES, LABELS, LABELS, (changes, was, is) => {
			const selectors = new ServiceSelectors();
			const all = new Map<number, Service>();
			for (const { uid, selector } of changes) {
				const before: ApiObject | null = all.get(uid) ?? null;
				const after = selector === null ? null : serviceOf(uid, selector);
				selectors.changed({ kind: "Service", key: `default/s${uid}`, before, after });
				if (after === null) all.delete(uid);
				else all.set(uid, after);
			}
			const pods = [apiPod({ uid: 9, labels: was }), apiPod({ uid: 9, labels: is })];
			const expected = [...all.values()]
				.filter((service) => pods.some((pod) => selects(service, pod)))
				.map(({ metadata }) => metadata.uid)
				.sort((a, b) => a - b);
			expect(selectors.selecting(...pods, null)).toEqual(expected.map((uid) => `default/s${uid}`));
		}),
		{ seed: 1, numRuns: 300 },
	);
});
