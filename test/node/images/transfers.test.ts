import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shareByWeight } from "../../../src/node/cgroup/cpu-tree.js";
import { Transfers } from "../../../src/node/images/transfers.js";

const MB = 1_000_000;
const SECOND = 1_000_000;

interface Start {
	readonly node: number;
	readonly bytes: number;
	readonly atUs: number;
}

/** Seconds at which the transfers end, in their order. `watch` is called after every change. */
function ends(
	source: number,
	links: readonly number[],
	starts: readonly Start[],
	watch = (_: Transfers) => {},
): number[] {
	const transfers = new Transfers(source);
	links.forEach((link, node) => {
		transfers.addNode(node, link);
	});
	const ended: number[] = [];
	const runTo = (untilUs: number) => {
		for (
			let dueUs = transfers.nextEndUs;
			dueUs <= untilUs && dueUs < Number.POSITIVE_INFINITY;
			dueUs = transfers.nextEndUs
		) {
			for (const id of transfers.advance(dueUs)) ended[id] = dueUs / SECOND;
			watch(transfers);
		}
	};
	starts.forEach(({ node, bytes, atUs }, id) => {
		runTo(atUs);
		transfers.start(id, node, bytes, atUs);
		watch(transfers);
	});
	runTo(Number.POSITIVE_INFINITY);
	return ended;
}

const start = (node: number, megabytes: number, seconds = 0): Start => ({
	node,
	bytes: megabytes * MB,
	atUs: seconds * SECOND,
});

describe("transfers share the source and the links", () => {
	test.each<[string, number, number[], Start[], number[]]>([
		["alone, at the speed of the link", 1000, [50], [start(0, 100)], [2]],
		["alone, at the speed of the source", 20, [50], [start(0, 100)], [5]],
		// 25 each for 2 s; then the rest of the larger one, 50 at 50
		["two of a node", 1000, [50], [start(0, 50), start(0, 100)], [2, 3]],
		// 50 at 50 in the first second, then 25 each: 50 are left of both after 1 s, so 2 s more
		["a later one", 1000, [50], [start(0, 100), start(0, 50, 1)], [3, 3]],
		// The source gives 20 to each transfer, two of them on node 0
		["two nodes, each transfer alike", 60, [100, 100], [start(0, 60), start(0, 60), start(1, 60)], [3, 3, 3]],
		// Node 1 cannot use its 30 of 60; node 0 gets 50
		["what a slow link leaves", 60, [100, 10], [start(0, 100), start(1, 100)], [2, 10]],
		// 10 each of 30, but when the small ones are done after 1 s, 30 for the last: 10 + 60 in 1 + 2 s
		["what those that end leave", 30, [99, 99, 99], [start(0, 10), start(1, 10), start(2, 70)], [1, 1, 3]],
		["nothing to send", 30, [99], [start(0, 0, 1)], [1]],
	])("%s", (_, source, links, starts, expected) => {
		expect(
			ends(
				source * MB,
				links.map((link) => link * MB),
				starts,
			),
		).toEqual(expected);
	});

	test("a node that goes takes its transfers along and leaves its share", () => {
		const transfers = new Transfers(20 * MB);
		transfers.addNode(0, 100 * MB);
		transfers.addNode(1, 100 * MB);
		transfers.start(0, 0, 100 * MB, 0);
		transfers.start(1, 1, 100 * MB, 0);
		// 40 of 100 are there after 4 s; the other 60 come at 20 in 3 s.
		transfers.removeNode(0, 4 * SECOND);
		expect(transfers.nextEndUs).toBe(7 * SECOND);
		expect(transfers.advance(7 * SECOND)).toEqual([1]);
		expect(transfers.nextEndUs).toBe(Number.POSITIVE_INFINITY);
	});

	test("nobody's time is jumped over, and no link is without limit", () => {
		const transfers = new Transfers(MB);
		transfers.addNode(0, MB);
		transfers.start(0, 0, MB, 0);
		expect(() => transfers.advance(2 * SECOND)).toThrow("a transfer ended at 1000000 us, before 2000000 us");
		expect(() => transfers.addNode(1, Number.POSITIVE_INFINITY)).toThrow("a link has bytes/s, not Infinity");
	});
});

const link = fc.integer({ min: 1, max: 40 }).map((megabytes) => megabytes * MB);
const scenario = fc
	.record({
		source: fc.integer({ min: 1, max: 80 }).map((megabytes) => megabytes * MB),
		links: fc.array(link, { minLength: 1, maxLength: 4 }),
		starts: fc.array(fc.record({ node: fc.nat(3), bytes: fc.nat(100 * MB), atUs: fc.nat(10 * SECOND) }), {
			minLength: 1,
			maxLength: 12,
		}),
	})
	.map(({ source, links, starts }) => ({
		source,
		links,
		starts: starts.map((each) => ({ ...each, node: each.node % links.length })).sort((a, b) => a.atUs - b.atUs),
	}));

test("no link and no source gives more than it has, and one of them is used up where anything is transferred", () => {
	const property = fc.property(scenario, ({ source, links, starts }) => {
		ends(source, links, starts, (transfers) => {
			const rates = links.map((_, node) => transfers.rateOf(node));
			const total = rates.reduce((sum, rate) => sum + rate, 0);
			expect(total).toBeLessThanOrEqual(source * (1 + 1e-9));
			rates.forEach((rate, node) => {
				expect(rate).toBeLessThanOrEqual(links[node]! * (1 + 1e-9));
				if (rate > 0 && rate < links[node]! * (1 - 1e-9)) expect(total).toBeGreaterThan(source * (1 - 1e-9));
			});
		});
	});
	fc.assert(property, { seed: 41, numRuns: 300 });
});

test("transfers end when those of a naive simulation do, to the byte", () => {
	const property = fc.property(scenario, ({ source, links, starts }) => {
		const expected = naiveEnds(source, links, starts);
		// Each end is rounded up to a microsecond, and delays the later ones by as much.
		ends(source, links, starts).forEach((end, id) => {
			expect(Math.abs(end - expected[id]!)).toBeLessThan((2 * starts.length) / SECOND);
		});
	});
	fc.assert(property, { seed: 42, numRuns: 300 });
});

/** Every transfer with its own remaining bytes and rate, from event to event. */
function naiveEnds(source: number, links: readonly number[], starts: readonly Start[]): number[] {
	const ended: number[] = [];
	const left = new Map<number, number>();
	let now = 0;
	let next = 0;
	while (left.size > 0 || next < starts.length) {
		const running = [...left.keys()];
		const on = (node: number) => running.filter((id) => starts[id]!.node === node).length;
		const busy = links.map((_, node) => node).filter((node) => on(node) > 0);
		const shares = shareByWeight(
			busy.map((node) => ({ weight: on(node), limit: links[node]! })),
			source,
		);
		const rateOf = (id: number) => shares[busy.indexOf(starts[id]!.node)]! / on(starts[id]!.node);
		const endsAt = running.map((id) => now + left.get(id)! / rateOf(id));
		const until = Math.min(...endsAt, next < starts.length ? starts[next]!.atUs / SECOND : Number.POSITIVE_INFINITY);
		for (const id of running) left.set(id, left.get(id)! - rateOf(id) * (until - now));
		now = until;
		for (const [i, id] of running.entries()) {
			if (endsAt[i]! > until) continue;
			left.delete(id);
			ended[id] = now;
		}
		while (next < starts.length && starts[next]!.atUs / SECOND <= now) left.set(next, starts[next++]!.bytes);
	}
	return ended;
}
