import fc from "fast-check";
import { expect, test } from "vitest";
import type { ApiObject } from "../../src/control/api-object.js";
import { LabelIndex } from "../../src/control/label-index.js";
import { apiPod } from "../support/api-objects.js";

const LABELS = fc.dictionary(fc.constantFrom("app", "tier"), fc.constantFrom("a", "b", ""), { noNullPrototype: true });
/** Labels, those that it has, or none: it goes. */
const CHANGE = fc.record({
	uid: fc.integer({ min: 1, max: 6 }),
	labels: fc.oneof(LABELS, fc.constantFrom("kept" as const, null)),
});
const CHANGES = fc.array(CHANGE);

test("whatever comes, changes and goes, a selector is answered as by a look at all objects", () => {
	fc.assert(
		fc.property(CHANGES, LABELS, (changes, wanted) => {
			const index = new LabelIndex();
			const all = new Map<number, ApiObject>();
			for (const { uid, labels } of changes) {
				const before = all.get(uid) ?? null;
				const kept = labels === "kept" ? (before?.metadata.labels ?? {}) : labels;
				const after = kept === null ? null : apiPod({ uid, labels: kept });
				index.changed(before, after);
				if (after === null) all.delete(uid);
				else all.set(uid, after);
			}
			const having = [...all.values()]
				.filter(({ metadata: { labels } }) => Object.entries(wanted).every(([key, value]) => labels[key] === value))
				.sort((a, b) => a.metadata.uid - b.metadata.uid);
			expect(index.having("default", wanted)).toEqual(having);
			expect(index.having("elsewhere", wanted)).toEqual([]);
		}),
	);
});
