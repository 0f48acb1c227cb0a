/** Namespaces borrow from each other, and take back what is theirs. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { NodeId, PodId } from "../../../src/cell/ids.js";
import type { ResourceList } from "../../../src/objects/resources.js";
import { job, node } from "../../support/cells.js";
import { KubeCell } from "../../support/kubernetes.js";
import { CAPACITY, kubeScheduler, quotas, restless, SECOND } from "../../support/kubernetes-groups.js";
import { simulate } from "../../support/simulations.js";

interface Placed {
	readonly in: string;
	readonly cpu: number;
	readonly priority?: number;
	/** Default the first node. */
	readonly on?: number;
}

const asking = (requests: object, priority = 0) => ({ priority, containers: [{ name: "c", resources: { requests } }] });

/** Nodes of 4 cpu with these pods on them, `p0`, `p1`, ... in this order. */
function cellWith(nodes: number, specs: Readonly<Record<string, object>>, placed: readonly Placed[]): KubeCell {
	const declared = Object.entries(specs).map(([namespace, spec]) => ({ metadata: { name: "quota", namespace }, spec }));
	const cell = new KubeCell({ configuration: { profiles: [CAPACITY] }, objects: { ElasticQuota: declared } });
	for (let n = 0; n < nodes; n++) cell.node(`n${n}`);
	placed.forEach(({ in: namespace, cpu, priority, on = 0 }, i) => {
		cell.clock.nowUs = i;
		cell.cell.adoptPod(cell.pod(`p${i}`, asking({ cpu }, priority), { namespace }), on as NodeId);
	});
	return cell;
}

const OWN = "0/3 nodes are available: ElasticQuota a is more than Max.";
const ALL = "0/3 nodes are available: total ElasticQuota used is more than min.";

describe("a pod that asks for so much where so much is used", () => {
	const b = { min: { cpu: 4 }, max: { cpu: 4 } };
	test.each<[string, object, number, object, string]>([
		["gets a node within max: 3 + 1 = 4", { min: { cpu: 2 }, max: { cpu: 4 } }, 3, { cpu: 1 }, "n1"],
		["is turned down beyond max: 3 + 2 > 4", { min: { cpu: 2 }, max: { cpu: 4 } }, 3, { cpu: 2 }, OWN],
		[
			"is turned down beyond what all are guaranteed: 3 + 4 > 2 + 4",
			{ min: { cpu: 2 }, max: { cpu: 9 } },
			3,
			{ cpu: 4 },
			ALL,
		],
		["may borrow without a max, as far as all are guaranteed", { min: { cpu: 2 } }, 3, { cpu: 3 }, "n1"],
		["has no guarantee without a min, and borrows: 3 + 1 <= 0 + 4", { max: { cpu: 4 } }, 3, { cpu: 1 }, "n1"],
		["has no memory if max leaves it out", { min: { cpu: 4 }, max: { cpu: 4 } }, 0, { cpu: 1, memory: "1Mi" }, OWN],
		["has no memory if all mins leave it out", { min: { cpu: 4 } }, 0, { cpu: 1, memory: "1Mi" }, ALL],
		[
			"has as much of another resource as max says nothing of, and the mins guarantee",
			{ min: { cpu: 4, "example.com/dongle": 2 }, max: { cpu: 4 } },
			0,
			{ cpu: 1, "example.com/dongle": 2 },
			"0/3 nodes are available: 3 Insufficient example.com/dongle.",
		],
		[
			"and none that no min guarantees",
			{ min: { cpu: 4 }, max: { cpu: 4 } },
			0,
			{ cpu: 1, "example.com/dongle": 1 },
			ALL,
		],
	])("%s", (_what, a, used, requests, answer) => {
		const cell = cellWith(3, { a, b }, used > 0 ? [{ in: "a", cpu: used }] : []);
		const free = cell.place(cell.pod("new", asking(requests), { namespace: "a" }));
		// Which of the empty nodes it is does not matter here.
		expect(free === "n0" ? "n1" : free).toBe(answer);
	});

	test("knows no quota in another namespace", () => {
		const cell = cellWith(3, { a: { min: { cpu: 1 }, max: { cpu: 1 } } }, [{ in: "other", cpu: 3 }]);
		expect(cell.place(cell.pod("new", asking({ cpu: 4 }), { namespace: "other" }))).toBe("n1");
	});

	test("leaves room in the quota for those that wait for a node of their own", () => {
		const specs = { a: { min: { cpu: 2 }, max: { cpu: 4 } }, b: { min: { cpu: 4 }, max: { cpu: 6 } } };
		const waits = (priority: number, namespace: string) => {
			const cell = cellWith(3, specs, [{ in: "a", cpu: 1 }]);
			const waiting = cell.pod("waiting", asking({ cpu: 3 }, priority), { namespace });
			cell.cell.api.nominations.promise(cell.cell.pod(waiting), 1 as NodeId, 0);
			return cell.place(cell.pod("new", asking({ cpu: 2 }, 5), { namespace: "a" }));
		};
		// 1 + 3 + 2 > 4, unless it is of lower priority, and would be stopped.
		expect(waits(5, "a")).toBe(OWN);
		expect(waits(4, "a")).toBe("n1");
		// Of another namespace within its min it counts among all: 1 + 3 + 2 <= 6. And it keeps its node, whatever its priority.
		expect(waits(0, "b")).toBe("n2");
	});
});

describe("victims", () => {
	const quota = (min: number, max = 12) => ({ min: { cpu: min }, max: { cpu: max } });
	const victims = (cell: KubeCell, pod: PodId) =>
		cell.try(pod).preemption?.chosen?.victims.map(({ name }) => name) ?? [];

	test.each<[string, Readonly<Record<string, object>>, readonly Placed[], number, readonly string[]]>([
		[
			"are those who borrowed, whatever their priority",
			{ a: quota(2), b: quota(2) },
			[
				{ in: "b", cpu: 2, priority: 9 },
				{ in: "b", cpu: 2, priority: 7 },
			],
			2,
			["p1"],
		],
		[
			"are no more than what was borrowed: with one gone b is within its min",
			{ a: quota(3), b: quota(2) },
			[
				{ in: "b", cpu: 2 },
				{ in: "b", cpu: 2 },
			],
			3,
			[],
		],
		["are not those within their min", { a: quota(4), b: quota(4) }, [{ in: "b", cpu: 4 }], 2, []],
		[
			"are those of several who borrowed, the least important first, as long as they have",
			{ a: quota(4), b: quota(1), c: quota(1) },
			[
				{ in: "b", cpu: 1, priority: 5 },
				{ in: "b", cpu: 1, priority: 4 },
				{ in: "c", cpu: 1, priority: 3 },
				{ in: "c", cpu: 1, priority: 2 },
			],
			2,
			["p1", "p3"],
		],
		[
			"are of its own namespace and lower priority where it borrows itself",
			{ a: quota(2), b: quota(4) },
			[
				{ in: "a", cpu: 2, priority: 0 },
				{ in: "b", cpu: 2, priority: 0 },
			],
			2,
			["p0"],
		],
		[
			"are none where it borrows, and all others are as important",
			{ a: quota(2), b: quota(4) },
			[
				{ in: "a", cpu: 2, priority: 5 },
				{ in: "b", cpu: 2, priority: 0 },
			],
			2,
			[],
		],
		["are none without a quota", { a: quota(4) }, [{ in: "free", cpu: 4 }], 2, []],
	])("%s", (_what, specs, placed, cpu, names) => {
		const cell = cellWith(1, specs, placed);
		const pod = cell.pod("new", asking({ cpu }, 5), { namespace: "a" });
		expect(victims(cell, pod)).toEqual(names);
	});

	test("of a pod without a quota are of lower priority, and have no quota either", () => {
		const placed = [
			{ in: "a", cpu: 2 },
			{ in: "free", cpu: 1 },
			{ in: "other", cpu: 1 },
		];
		const cell = cellWith(1, { a: quota(1) }, placed);
		expect(victims(cell, cell.pod("new", asking({ cpu: 1 }, 5), { namespace: "free" }))).toEqual(["p2"]);
		expect(victims(cell, cell.pod("big", asking({ cpu: 3 }, 5), { namespace: "free" }))).toEqual([]);
	});

	test("are found where the quota alone stands in the way, though there is room", () => {
		// b has 5 of its 3 cpu; with 2 more all would use 7 of 6.
		const placed = [
			{ in: "b", cpu: 2 },
			{ in: "b", cpu: 2, on: 1 },
			{ in: "b", cpu: 1, on: 1 },
		];
		const cell = cellWith(2, { a: quota(3), b: quota(3) }, placed);
		const pod = cell.pod("new", asking({ cpu: 2 }), { namespace: "a" });
		expect(cell.try(pod).findings!.preFilterRejected!.rejection.reasons).toEqual([
			"total ElasticQuota used is more than min",
		]);
		expect(victims(cell, pod)).toEqual(["p2"]);
	});
});

const resources = fc.record({ cpu: fc.constantFrom(1000, 2000, 4000), memory: fc.constantFrom(0, 200, 1000) });
const drawn = fc.record({
	nodes: fc.integer({ min: 1, max: 3 }),
	quotas: fc.record({
		a: fc.tuple(resources, resources),
		b: fc.tuple(resources, resources),
		c: fc.tuple(resources, resources),
	}),
	pods: fc.array(
		fc.record({
			namespace: fc.constantFrom("a", "b", "c", "free"),
			cpu: fc.constantFrom(500, 1000, 2000),
			memory: fc.constantFrom(0, 100, 300),
			priority: fc.constantFrom(0, 0, 5),
			atS: fc.integer({ min: 0, max: 20 }),
			durationS: fc.integer({ min: 1, max: 30 }),
			pods: fc.integer({ min: 1, max: 3 }),
		}),
		{ minLength: 1, maxLength: 14 },
	),
	perPodUs: fc.constantFrom(0, 500_000),
});

test("nobody ever uses more than its max, nor all together more than all mins, and pods for which there is room end", async () => {
	let borrowed = 0;
	let takenBack = 0;
	await fc.assert(
		fc.asyncProperty(drawn, async (setting) => {
			const objects = quotas(setting.quotas);
			const broken: string[] = [];
			const watch = (_engine: unknown, cell: Cell) =>
				cell.watch({
					podBound() {
						const used = usedIn(cell);
						const all: Record<string, number> = {};
						const guaranteed: Record<string, number> = {};
						for (const [namespace, [min, max]] of Object.entries(setting.quotas)) {
							const own = used.get(namespace) ?? {};
							if (exceeds(own, max)) broken.push(`${namespace} uses ${JSON.stringify(own)}`);
							if (exceeds(own, min)) borrowed++;
							for (const [name, amount] of Object.entries(own)) all[name] = (all[name] ?? 0) + amount;
							for (const [name, amount] of Object.entries(min)) guaranteed[name] = (guaranteed[name] ?? 0) + amount;
						}
						if (exceeds(all, guaranteed)) broken.push(`all use ${JSON.stringify(all)}`);
					},
					podRequeued: () => takenBack++,
				});
			const { simulation } = await simulate({
				...kubeScheduler(CAPACITY),
				nodes: Array.from({ length: setting.nodes }, (_, n) => node(`n${n}`)),
				objects,
				jobs: [...setting.pods]
					.sort((x, y) => x.atS - y.atS)
					.map(({ namespace, priority, atS, durationS, ...of }, i) => {
						const facts = { namespace, priority };
						return job(`${namespace}${i}`, { ...of, facts, timeUs: atS * SECOND, durationUs: durationS * SECOND });
					}),
				perPodUs: setting.perPodUs,
				endUs: 1800 * SECOND,
				observers: [watch, restless],
			});
			expect(broken).toEqual([]);
			const { cell } = simulation;
			for (const pod of cell.pods.all()) {
				const { podClass, node: on } = cell.pod(pod);
				const { requests, facts } = podClass.spec;
				const quota = setting.quotas[facts.namespace as "a"];
				expect(on).toBe(-1);
				// By now the cell is empty: what is left cannot have a node at all.
				const mins = Object.values(setting.quotas).map(([min]) => min);
				const all = { cpu: total(mins, "cpu"), memory: total(mins, "memory") };
				expect(quota !== undefined && (exceeds(requests, quota[1]) || exceeds(requests, all))).toBe(true);
			}
		}),
		{ seed: 12, numRuns: 100 },
	);
	// It is about something: namespaces lend, and get back.
	expect(borrowed).toBeGreaterThan(50);
	expect(takenBack).toBeGreaterThan(20);
});

function usedIn(cell: Cell): ReadonlyMap<string, Record<string, number>> {
	const used = new Map<string, Record<string, number>>();
	for (const pod of cell.pods.all()) {
		const { node: on, podClass } = cell.pod(pod);
		if (on < 0) continue;
		const { facts, requests } = podClass.spec;
		const own = used.get(facts.namespace) ?? {};
		for (const [name, amount] of Object.entries(requests)) own[name] = (own[name] ?? 0) + amount;
		used.set(facts.namespace, own);
	}
	return used;
}

function exceeds(amounts: ResourceList, bound: ResourceList): boolean {
	return Object.entries(amounts).some(([name, amount]) => amount > (bound[name] ?? 0));
}

function total(lists: readonly ResourceList[], name: string): number {
	return lists.reduce((sum, list) => sum + (list[name] ?? 0), 0);
}
