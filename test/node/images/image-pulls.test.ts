import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImageCatalogue } from "../../../src/node/images/image-catalogue.js";
import { ImagePulls, type NodeDisk } from "../../../src/node/images/image-pulls.js";
import { KUBELET_PULLS, type PullOptions, pullNeed } from "../../../src/node/images/pull-options.js";
import { catalogue, MB } from "../../support/images.js";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

// Images 0 to 3: 100, 70, 20 and 40 MB, the first two with 50 MB in common.
const images = catalogue({ web: ["base-50", "web-50"], db: ["base-50", "db-20"], tool: ["tool-20"], big: ["big-40"] });

/** Nodes with 10 MB/s and a disk of 1 GB unless told otherwise; a registry with 1 s of latency. */
class Cell {
	readonly pulls: ImagePulls;
	/** `2.5 s: 7 done`, as it happened. */
	readonly log: string[] = [];
	readonly #names = new Map<number, string>();

	constructor(nodes: readonly Partial<NodeDisk>[], options: Partial<PullOptions> = {}, of: ImageCatalogue = images) {
		this.pulls = new ImagePulls(of, { ...KUBELET_PULLS, latencyUs: SECOND, ...options });
		nodes.forEach((node, id) => {
			this.pulls.addNode(id, { diskBytes: 1000 * MB, bytesPerS: 10 * MB, images: [], ...node }, 0);
		});
	}

	pull(name: string, node: number, image: number, atS: number): number {
		this.runTo(atS);
		const ticket = this.pulls.pull(node, image, atS * SECOND);
		this.#names.set(ticket, name);
		return ticket;
	}

	/** Up to and with `untilS`; for ever without it. */
	runTo(untilS = Number.POSITIVE_INFINITY): void {
		for (
			let dueUs = this.pulls.nextDueUs;
			dueUs <= untilS * SECOND && dueUs < Number.POSITIVE_INFINITY;
			dueUs = this.pulls.nextDueUs
		) {
			const { finished, failed, changedNodes } = this.pulls.advance(dueUs);
			const tell = (what: string) => this.log.push(`${dueUs / SECOND} s: ${what}`);
			for (const { ticket, reason, retryUs } of failed)
				tell(`${this.#names.get(ticket)} failed, ${reason}, again at ${retryUs / SECOND} s`);
			for (const ticket of finished) tell(`${this.#names.get(ticket)} done`);
			for (const node of changedNodes) tell(`node ${node} has ${this.have(node)}`);
		}
	}

	have(node: number): string {
		return this.pulls
			.store(node)
			.nodeImages()
			.map(({ names }) => names[0]!.replace(":latest", ""))
			.join(" ");
	}
}

describe("pulls of a node", () => {
	test("are one after the other, and bring what is not there", () => {
		const cell = new Cell([{}]);
		cell.pull("web", 0, 0, 0);
		cell.pull("db", 0, 1, 0);
		cell.runTo();
		// 1 s to ask and 100 MB at 10 MB/s; then 1 s and 20 MB, for the 50 of base are there
		expect(cell.log).toEqual(["11 s: web done", "11 s: node 0 has web", "14 s: db done", "14 s: node 0 has web db"]);
		expect(cell.pulls.store(0).usedBytes).toBe(120 * MB);
	});

	test("are at the same time if they may, share the node's speed, and wait for layers that another one brings", () => {
		const cell = new Cell([{}], { maxParallel: 2 });
		cell.pull("web", 0, 0, 0);
		const db = cell.pull("db", 0, 1, 0);
		cell.pull("tool", 0, 2, 0);
		cell.runTo(6);
		// db's own 20 MB are there at 1 + 20 / 5 = 5 s; base comes with web.
		expect(cell.pulls.stage(db)).toBe("awaiting");
		cell.runTo();
		// web: 20 MB of 100 by 5 s, then 80 at 10; tool begins when one of the two is done.
		expect(cell.log).toEqual([
			"13 s: web done",
			"13 s: db done",
			"13 s: node 0 has web db",
			"16 s: tool done",
			"16 s: node 0 has web db tool",
		]);
	});

	test("of an image that is there ask the registry only", () => {
		const cell = new Cell([{ images: [0] }]);
		cell.pull("web", 0, 0, 3);
		cell.runTo();
		expect(cell.log).toEqual(["4 s: web done"]);
	});

	test("fail when they are more than the kubelet may begin, and come back", () => {
		const cell = new Cell([{}], { maxParallel: Number.POSITIVE_INFINITY, qps: 0.5, burst: 2 });
		for (const name of ["a", "b", "c", "d"]) cell.pull(name, 0, 2, 0);
		cell.runTo();
		// b waits for a's layer. After 10 s there are two tokens again.
		expect(cell.log).toEqual([
			"0 s: c failed, pull-qps-exceeded, again at 10 s",
			"0 s: d failed, pull-qps-exceeded, again at 10 s",
			"3 s: a done",
			"3 s: b done",
			"3 s: node 0 has tool",
			"11 s: c done",
			"11 s: d done",
		]);
	});

	test("back off twice as long after each failure, up to five minutes", () => {
		let refusals = 7;
		const cell = new Cell([{}], { refuses: () => refusals-- > 0 });
		cell.pull("tool", 0, 2, 0);
		cell.runTo();
		const retries = [10, 30, 70, 150, 310, 610, 910]; // + 10, 20, 40, 80, 160, 300, 300
		expect(cell.log).toEqual([
			...retries.map((at, i) => `${retries[i - 1] ?? 0} s: tool failed, registry-refused, again at ${at} s`),
			"913 s: tool done",
			"913 s: node 0 has tool",
		]);
	});

	test("that wait let others go first, and those that are cancelled are not heard of", () => {
		let refusals = 1;
		const cell = new Cell([{}], { refuses: () => refusals-- > 0 });
		const waits = cell.pull("refused", 0, 2, 0);
		const begins = cell.pull("web", 0, 0, 0);
		const queued = cell.pull("db", 0, 1, 0);
		cell.runTo(5);
		expect([waits, begins, queued].map((ticket) => cell.pulls.stage(ticket))).toEqual([
			"backing-off",
			"transferring",
			"queued",
		]);
		for (const ticket of [waits, begins, queued]) cell.pulls.cancel(ticket);
		cell.runTo();
		expect(cell.log).toEqual(["0 s: refused failed, registry-refused, again at 10 s", "11 s: node 0 has web"]);
	});
});

describe("pulls of a cell", () => {
	test("share the registry", () => {
		const cell = new Cell([{}, {}, { bytesPerS: 2 * MB }], { registryBytesPerS: 10 * MB });
		for (const node of [0, 1, 2]) cell.pull(`tool on ${node}`, node, 2, 0);
		cell.runTo();
		// After 1 s: 2 MB/s on node 2, 4 on the others; 20 MB are there after 5 s, then 10 of node 2 are left at 2 MB/s.
		expect(cell.log.filter((line) => line.includes("done"))).toEqual([
			"6 s: tool on 0 done",
			"6 s: tool on 1 done",
			"11 s: tool on 2 done",
		]);
	});

	test("end with their node", () => {
		const cell = new Cell([{}, {}], { registryBytesPerS: 10 * MB });
		const lost = cell.pull("web on 0", 0, 0, 0);
		cell.pull("web on 1", 1, 0, 0);
		cell.runTo(5);
		cell.pulls.removeNode(0, 5 * SECOND);
		cell.runTo();
		// 4 s at 5 MB/s, then 80 MB at 10
		expect(cell.log).toEqual(["13 s: web on 1 done", "13 s: node 1 has web"]);
		expect(cell.pulls.stage(lost)).toBeNull();
		expect(() => cell.pulls.store(0)).toThrow("there is no node 0");
	});
});

describe("a disk that fills up", () => {
	test("is looked at every five minutes, and loses images that nobody uses", () => {
		const cell = new Cell([{ diskBytes: 200 * MB, images: [0, 2] }]);
		cell.pulls.use(0, 0);
		cell.pull("db", 0, 1, 0);
		cell.pull("big", 0, 3, 10);
		cell.runTo(299);
		// 100 + 20 + 20 + 40 = 180 MB are 90 %; 20 are to go, and tool was never used.
		expect(cell.have(0)).toBe("web tool db big");
		cell.runTo(10 * 60);
		expect(cell.log.at(-1)).toBe("300 s: node 0 has web db big");
		expect(cell.pulls.nextDueUs).toBe(Number.POSITIVE_INFINITY);
	});

	test("is looked at again as long as it is too full", () => {
		const cell = new Cell([{ diskBytes: 200 * MB, images: [0] }]);
		cell.pulls.use(0, 0);
		cell.pulls.growOther(0, 80 * MB, 7 * MINUTE);
		expect(cell.pulls.nextDueUs).toBe(10 * MINUTE);
		cell.runTo(11 * 60);
		expect(cell.log).toEqual([]);
		cell.pulls.release(0, 0, 12 * MINUTE);
		cell.runTo(20 * 60);
		expect(cell.log).toEqual(["900 s: node 0 has "]);
	});

	test("makes a pull fail that has no room, and loses everything unused for it", () => {
		const cell = new Cell([{ diskBytes: 150 * MB, images: [0, 2] }]);
		cell.pulls.use(0, 0);
		cell.pull("big", 0, 3, 3 * 60);
		cell.runTo(5 * 60);
		expect(cell.log).toEqual([
			"181 s: big failed, disk-full, again at 191 s",
			"181 s: node 0 has web",
			"196 s: big done",
			"196 s: node 0 has web big",
		]);
	});
});

test.each([
	["Always", true, "pull"],
	["Always", false, "pull"],
	["IfNotPresent", true, "nothing"],
	["IfNotPresent", false, "pull"],
	["Never", true, "nothing"],
	["Never", false, "never"],
] as const)("policy %s, image present %s: %s", (policy, present, need) => {
	expect(pullNeed(policy, present)).toBe(need);
});

test("every pull ends once, each byte comes once, and nobody is faster than the bandwidth", () => {
	const wish = fc.record({ node: fc.nat(2), image: fc.nat(3), atS: fc.nat(60) });
	const property = fc.property(
		fc.array(wish, { minLength: 1, maxLength: 20 }),
		fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
		fc.integer({ min: 4, max: 40 }),
		(wishes, maxParallel, registryMBPerS) => {
			const cell = new Cell([{}, {}, {}], { maxParallel, registryBytesPerS: registryMBPerS * MB, qps: 1, burst: 2 });
			const inOrder = [...wishes].sort((a, b) => a.atS - b.atS);
			for (const [i, { node, image, atS }] of inOrder.entries()) cell.pull(`${i}`, node, image, atS);
			cell.runTo();
			const done = cell.log.filter((line) => line.endsWith("done"));
			expect(done.length).toBe(wishes.length);
			let bytes = 0;
			for (const node of [0, 1, 2]) {
				const wanted = [...new Set(inOrder.filter((each) => each.node === node).map(({ image }) => image))];
				const layers = new Set(wanted.flatMap((image) => images.layers[image]!));
				const expected = [...layers].reduce((sum, layer) => sum + images.layerBytes[layer]!, 0);
				expect(cell.pulls.store(node).usedBytes).toBe(expected);
				bytes += expected;
				const endS = lastEnd(done, inOrder, node);
				const firstS = inOrder.find((each) => each.node === node)?.atS ?? 0;
				expect(endS - firstS).toBeGreaterThanOrEqual(expected / (10 * MB));
			}
			expect(lastEnd(done, inOrder) - inOrder[0]!.atS).toBeGreaterThanOrEqual(bytes / (registryMBPerS * MB));
		},
	);
	fc.assert(property, { seed: 61, numRuns: 200 });
});

/** When the last pull was done, of one node or of all, in seconds; 0 without any. */
function lastEnd(done: readonly string[], wishes: readonly { readonly node: number }[], node?: number): number {
	const ends = done.map((line) => /^(\S+) s: (\d+) done$/.exec(line)!);
	return Math.max(
		0,
		...ends.filter(([, , i]) => node === undefined || wishes[Number(i)]!.node === node).map(([, at]) => Number(at)),
	);
}
