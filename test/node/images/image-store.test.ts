import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ImageStore, KUBELET_COLLECTION } from "../../../src/node/images/image-store.js";
import { catalogue, MB } from "../../support/images.js";

const MINUTE = 60_000_000;

// Images 0 to 3: 60, 70, 20 and 40 MB, the first two with 50 MB in common.
const images = catalogue({ web: ["base-50", "web-10"], db: ["base-50", "db-20"], tool: ["tool-20"], big: ["big-40"] });

/** A disk of 200 MB with images 0 to 3 since minute 0: 50 + 10 + 20 + 20 + 40 = 140 MB; `otherMB` more of other data. */
function store(otherMB = 0): ImageStore {
	const made = new ImageStore(images, 200 * MB);
	for (const image of [0, 1, 2, 3]) made.preload(image, 0);
	made.growOther(otherMB * MB);
	return made;
}

describe("a store", () => {
	test("has each layer once", () => {
		expect(store().usedBytes).toBe(140 * MB);
		expect(store().nodeImages()).toEqual([
			{ names: ["web:latest"], sizeBytes: 60 * MB },
			{ names: ["db:latest"], sizeBytes: 70 * MB },
			{ names: ["tool:latest"], sizeBytes: 20 * MB },
			{ names: ["big:latest"], sizeBytes: 40 * MB },
		]);
	});

	test("reserves what is neither here nor coming, if there is room", () => {
		const made = new ImageStore(images, 80 * MB);
		expect(made.reserve(0)).toEqual({ own: [0, 1], coming: [] });
		expect(made.usedBytes).toBe(60 * MB);
		// base is on its way
		expect(made.reserve(1)).toEqual({ own: [2], coming: [0] });
		expect(made.usedBytes).toBe(80 * MB);
		expect(made.reserve(3)).toBeNull();
		made.arrive([0, 1]);
		expect([made.complete(0, 5), made.has(0), made.has(1)]).toEqual([true, true, false]);
		// Pulled again: there is nothing to bring, and nothing new.
		expect(made.reserve(0)).toEqual({ own: [], coming: [] });
		expect(made.complete(0, 6)).toBe(false);
		expect(made.usedBytes).toBe(80 * MB);
		expect(() => made.release(0, 7)).toThrow("nobody uses image 'web:latest'");
		expect(() => made.use(1)).toThrow("image 'db:latest' is not on the node");
		expect(() => new ImageStore(images, 30 * MB).preload(3, 0)).toThrow(
			"image 'big:latest' does not fit on a disk of 30000000 bytes",
		);
	});
});

describe("collection", () => {
	test.each<[string, number, (made: ImageStore) => void, number, number[]]>([
		// 169 of 200 MB are 84 %: 100 - floor(15.5)
		["nothing below the high threshold", 28, () => {}, 10, []],
		// 170 MB are 85 %: 10 MB are to go, to have 40 (20 %) free; the oldest goes, as a whole
		["the first that came, where none was used", 30, () => {}, 10, [0]],
		// 200 of 200 MB: 40 are to go. 2 was used until minute 1, then 1: 20 + 70
		[
			"least recently used first",
			60,
			(made) => {
				for (const image of [0, 1, 2, 3]) made.use(image);
				for (const [i, image] of [2, 1, 3, 0].entries()) made.release(image, (1 + i) * MINUTE);
			},
			10,
			[2, 1],
		],
		[
			"not what is in use",
			30,
			(made) => {
				made.use(0);
				made.use(0);
				made.release(0, 3 * MINUTE);
			},
			10,
			[1],
		],
		["not what is younger than two minutes", 30, () => {}, 1.9, []],
	])("takes %s", (_, otherMB, before, atMinute, gone) => {
		const made = store(otherMB);
		before(made);
		expect(made.collect(atMinute * MINUTE)).toEqual(gone);
	});

	test("leaves an image of which a pull ends at this instant", () => {
		const made = store();
		made.reserve(2);
		made.complete(2, 3 * MINUTE);
		expect(made.collectUnused(3 * MINUTE)).toEqual([0, 1, 3]);
		expect(made.collectUnused(3 * MINUTE + 1)).toEqual([2]);
	});

	test("counts whole images, while layers stay as long as another image has them", () => {
		const made = store(30);
		// web is 60 MB, and 10 of them are its own
		expect(made.collect(10 * MINUTE)).toEqual([0]);
		expect(made.usedBytes).toBe(160 * MB);
		expect(made.collectUnused(10 * MINUTE)).toEqual([1, 2, 3]);
		expect(made.usedBytes).toBe(30 * MB);
	});

	test("leaves layers that a pull has counted on", () => {
		const made = store(30);
		expect(made.reserve(1)).toEqual({ own: [], coming: [] });
		made.collectUnused(10 * MINUTE);
		expect(made.usedBytes).toBe((30 + 70) * MB);
	});
});

test("what is used is always what images, pulls and other data need", () => {
	const step = fc.record({
		what: fc.constantFrom("pull", "collect", "collect-unused", "use", "release", "later") as fc.Arbitrary<string>,
		image: fc.nat(3),
	});
	const property = fc.property(
		fc.array(step, { maxLength: 60 }),
		fc.integer({ min: 40, max: 150 }),
		(steps, diskMB) => {
			const made = new ImageStore(images, diskMB * MB, { ...KUBELET_COLLECTION, minAgeUs: MINUTE });
			const users = [0, 0, 0, 0];
			let nowUs = 0;
			for (const { what, image } of steps) {
				if (what === "later") nowUs += MINUTE;
				else if (what === "collect") made.collect(nowUs);
				else if (what === "collect-unused") made.collectUnused(nowUs);
				else if (what === "use" && made.has(image)) {
					made.use(image);
					users[image]!++;
				} else if (what === "release" && users[image]! > 0) {
					made.release(image, nowUs);
					users[image]!--;
				} else if (what === "pull") {
					const reserved = made.reserve(image);
					if (reserved) made.arrive(reserved.own);
					if (reserved) made.complete(image, nowUs);
				}
				const here = [0, 1, 2, 3].filter((each) => made.has(each));
				const layers = new Set(here.flatMap((each) => images.layers[each]!));
				expect(made.usedBytes).toBe([...layers].reduce((sum, layer) => sum + images.layerBytes[layer]!, 0));
				expect(made.usedBytes).toBeLessThanOrEqual(made.diskBytes);
				for (const [each, count] of users.entries()) if (count > 0) expect(here).toContain(each);
			}
		},
	);
	fc.assert(property, { seed: 51, numRuns: 300 });
});
