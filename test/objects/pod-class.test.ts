import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/objects/canonical-json.js";
import { type PodClass, PodClassTable } from "../../src/objects/pod-class.js";
import { CPU, GPU, MEMORY, PODS, ResourceTable } from "../../src/objects/resources.js";
import { PLAIN_FACTS, type PodSpec } from "../../src/objects/spec.js";

const plain = (requests: Record<string, number>): PodSpec => ({ facts: PLAIN_FACTS, requests, gpu: null });

describe("PodClassTable", () => {
	test("a class holds the request by resource, one pod and the GPUs included", () => {
		const resources = new ResourceTable();
		const table = new PodClassTable(resources);
		const gpu = { count: 1, milli: 250, models: ["T4"] };
		const { request, needs, gpuCount, gpuMilli, id } = table.intern({
			facts: PLAIN_FACTS,
			requests: { "a/b": 3, memory: 4096, cpu: 0, "c/d": 0 },
			gpu,
		});
		expect(resources.names).toEqual(["cpu", "memory", "pods", "gpu", "a/b"]);
		expect([...request]).toEqual([0, 4096, 1, 250, 3]);
		expect([...needs]).toEqual([MEMORY, PODS, GPU, resources.index("a/b")]);
		expect({ gpuCount, gpuMilli, id }).toEqual({ gpuCount: 1, gpuMilli: 250, id: 0 });
	});

	test("identical pods share a class: other objects, other key order, card models in other order", () => {
		const table = new PodClassTable(new ResourceTable());
		const facts = (labels: Record<string, string>) => ({ ...PLAIN_FACTS, labels });
		const first = table.intern({
			facts: facts({ a: "1", b: "2" }),
			requests: { cpu: 5, memory: 7, "x/y": 0 },
			gpu: { count: 1, milli: 500, models: ["B", "A"] },
		});
		const second = table.intern({
			facts: facts({ b: "2", a: "1" }),
			requests: { memory: 7, cpu: 5 },
			gpu: { count: 1, milli: 500, models: ["A", "B"] },
		});
		expect(second).toBe(first);
		expect(table.size).toBe(1);
	});

	test.each<[string, Partial<PodSpec>]>([
		["another amount", { requests: { cpu: 6, memory: 7 } }],
		["amounts swapped", { requests: { cpu: 7, memory: 5 } }],
		["one resource less", { requests: { cpu: 5 } }],
		["one resource more", { requests: { cpu: 5, memory: 7, "x/y": 1 } }],
		["another label", { facts: { ...PLAIN_FACTS, labels: { a: "2" } } }],
		["a GPU", { gpu: { count: 1, milli: 1000, models: [] } }],
	])("%s makes another class", (_, difference) => {
		const table = new PodClassTable(new ResourceTable());
		const spec: PodSpec = { facts: PLAIN_FACTS, requests: { cpu: 5, memory: 7 }, gpu: null };
		expect(table.intern({ ...spec, ...difference })).not.toBe(table.intern(spec));
		expect(table.size).toBe(2);
	});

	test("a class made before a resource was known still equals pods that name it with zero", () => {
		const resources = new ResourceTable();
		const table = new PodClassTable(resources);
		const first = table.intern(plain({ cpu: 5 }));
		table.intern(plain({ "x/y": 1 }));
		expect(table.intern(plain({ cpu: 5, "x/y": 0 }))).toBe(first);
		expect(first.request.length).toBe(4);
		expect(table.intern(plain({ cpu: 5, "x/y": 1 })).request.length).toBe(5);
	});

	test("the last release ends a class, its id comes back, and so may the pod", () => {
		const table = new PodClassTable(new ResourceTable());
		const spec = plain({ cpu: 1 });
		const first = table.intern(spec);
		expect(table.intern(spec)).toBe(first);
		table.release(first);
		expect(table.size).toBe(1);
		table.release(first);
		expect(table.size).toBe(0);
		expect(() => table.release(first)).toThrow("pod class 0 was released more often than interned");
		const second = table.intern(plain({ cpu: 2 }));
		expect(second.id).toBe(0);
		expect(() => table.release(first)).toThrow("pod class 0 was released more often than interned");
		const again = table.intern(spec);
		expect([again.id, again.request[CPU]]).toEqual([1, 1]);
	});

	test("facts without classes may be taken over by an equal object, and the first one finds its way back", () => {
		const table = new PodClassTable(new ResourceTable());
		const [one, other] = [
			{ ...PLAIN_FACTS, priority: 1 },
			{ ...PLAIN_FACTS, priority: 1 },
		];
		table.release(table.intern({ facts: one, requests: {}, gpu: null }));
		const kept = table.intern({ facts: other, requests: {}, gpu: null });
		expect(table.intern({ facts: one, requests: {}, gpu: null })).toBe(kept);
		expect(table.size).toBe(1);
	});

	test("keeps 300,000 pods apart, whatever their hashes share, and finds each again", () => {
		const table = new PodClassTable(new ResourceTable());
		let state = 1;
		const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
		// (3e5)^2 / 2^33 = 10 pairs share a 32-bit hash by chance.
		const specs = Array.from({ length: 300_000 }, () => plain({ cpu: 1 + random(), memory: 1 + random() * 4096 }));
		const classes = specs.map((spec) => table.intern(spec));
		expect(table.size).toBe(specs.length);
		for (let i = 1; i < specs.length; i += 2) table.release(classes[i]!);
		expect(table.size).toBe(specs.length / 2);
		for (let i = 0; i < specs.length; i += 2) {
			if (table.intern({ ...specs[i]! }) !== classes[i]) throw new Error(`pod ${i} lost its class`);
		}
		expect(table.size).toBe(specs.length / 2);
		for (let i = 1; i < specs.length; i += 2) table.intern({ ...specs[i]! });
		expect(table.size).toBe(specs.length);
	});

	test("any sequence agrees with counting canonical texts", () => {
		const factsPool = [0, 1, 2].flatMap((priority) => [
			{ ...PLAIN_FACTS, priority },
			{ ...PLAIN_FACTS, priority },
		]);
		const spec = fc.record({
			facts: fc.constantFrom(...factsPool),
			requests: fc.dictionary(fc.constantFrom("cpu", "memory", "x/y"), fc.integer({ min: 1, max: 2 }), {
				noNullPrototype: true,
			}),
			gpu: fc.constantFrom(null, { count: 1, milli: 500, models: [] }, { count: 2, milli: 1000, models: ["T4"] }),
		});
		const step = fc.oneof(
			{ weight: 3, arbitrary: fc.record({ intern: spec }) },
			{ weight: 1, arbitrary: fc.record({ again: fc.nat() }) },
			{ weight: 3, arbitrary: fc.record({ release: fc.nat() }) },
		);
		fc.assert(
			fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
				const table = new PodClassTable(new ResourceTable());
				const held: { readonly podClass: PodClass; readonly text: string; readonly spec: PodSpec }[] = [];
				const intern = (spec: PodSpec) => held.push({ podClass: table.intern(spec), text: canonicalJson(spec), spec });
				for (const one of steps) {
					if ("intern" in one) intern(one.intern);
					else if (held.length === 0) continue;
					else if ("again" in one) intern(held[one.again % held.length]!.spec);
					else table.release(held.splice(one.release % held.length, 1)[0]!.podClass);

					expect(table.size).toBe(new Set(held.map(({ text }) => text)).size);
					const byText = new Map(held.map(({ text, podClass }) => [text, podClass]));
					for (const { text, podClass } of held) expect(byText.get(text)).toBe(podClass);
					expect(new Set([...byText.values()].map(({ id }) => id)).size).toBe(table.size);
					for (const { id } of byText.values()) expect(id).toBeLessThan(steps.length);
				}
				for (const { podClass } of held) table.release(podClass);
				expect(table.size).toBe(0);
			}),
			{ seed: 5, numRuns: 300 },
		);
	});
});

test("classes that nobody holds are kept up to a limit, the one let go longest ago leaves first", () => {
	const table = new PodClassTable(new ResourceTable(), 2);
	const spec = (cpu: number): PodSpec => ({ facts: PLAIN_FACTS, requests: { cpu }, gpu: null });
	const [a, b, c] = [1, 2, 3].map((cpu) => table.intern(spec(cpu)));
	for (const podClass of [a, b, c]) table.release(podClass!);
	expect(table.size).toBe(0);
	expect(table.intern(spec(3))).toBe(c);
	expect(table.intern(spec(2))).toBe(b);
	expect(table.intern(spec(1))).not.toBe(a);
	expect(table.size).toBe(3);
});
