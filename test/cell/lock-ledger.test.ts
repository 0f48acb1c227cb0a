import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId, PodId } from "../../src/cell/ids.js";
import { type Lock, LockLedger } from "../../src/cell/lock-ledger.js";
import { MAX_DEVICES } from "../../src/cell/node-columns.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import { CPU, GPU, MEMORY, PODS } from "../../src/objects/resources.js";
import { bindNew, cellOf, job, node, pendingPod } from "../support/cells.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

/** A ledger with a snapshot of each kind: of everything and of the rest in place and as copies, which agree, and of parts. */
function ledgerOf(cell: Cell) {
	const ledger = new LockLedger(cell);
	const shared = [ledger.wholeInPlace, ledger.restInPlace].map((inPlace) => {
		return { columns: inPlace.nodes, inPlace, copy: new Snapshot(cell, null, inPlace.nodes) };
	});
	const part = new Snapshot(cell, null, ledger.part);
	/** What the holder of a new lock is shown: free amounts of a resource by node. */
	const shown = (lock: Lock): Snapshot => {
		part.refresh();
		ledger.clearPart(lock);
		const layer = shared.find(({ columns }) => columns === lock.source);
		if (layer === undefined) return part;
		layer.copy.refresh();
		expect(rowsOf(layer.inPlace, cell.nodes.count)).toEqual(rowsOf(layer.copy, cell.nodes.count));
		return layer.inPlace;
	};
	const unlock = (lock: Lock): void => {
		shared.find(({ columns }) => columns === lock.source)?.inPlace.end();
		ledger.unlock(lock);
	};
	return { ledger, shown, unlock };
}

describe("a ledger of locks", () => {
	test("locks all that is free; what is freed meanwhile can be locked alone", () => {
		const cell = cellOf([node("a"), node("b", { gpus: 2 })]);
		const early = bindNew(cell, 0, FOR_EVER);
		const { ledger, shown } = ledgerOf(cell);
		expect([...ledger.available().slice(0, 2)]).toEqual([7000, 1900]);
		expect([...ledger.capacity()]).toEqual([8000, 2000, 220, 2000]);

		const first = ledger.lockAll();
		expect([...shown(first).nodes.free[CPU]!.slice(0, 2)]).toEqual([3000, 4000]);
		expect([...ledger.available()]).toEqual([0, 0, 0, 0]);
		expect([...ledger.locked]).toEqual([7000, 1900, 0, 2000]);

		cell.endPod(early, "succeeded");
		expect([...ledger.available()]).toEqual([1000, 100, 110, 0]);
		const second = ledger.lockAll();
		const { nodes } = shown(second);
		expect([...nodes.free[CPU]!.slice(0, 2)]).toEqual([1000, 0]);
		expect([...nodes.free[PODS]!.slice(0, 2)]).toEqual([110, 0]);
		expect([first.everything, second.everything, ledger.count]).toEqual([true, true, 2]);

		ledger.unlock(first);
		expect([...ledger.available().slice(0, 2)]).toEqual([7000, 1900]);
		ledger.unlock(second);
		expect([...ledger.available().slice(0, 2)]).toEqual([8000, 2000]);
		expect([...ledger.locked]).toEqual([0, 0, 0, 0]);
	});

	test("locks whole nodes up to a limit, from a node on and round again", () => {
		const cell = cellOf([node("a"), node("b"), node("c", { cpu: 1000 }), node("d")]);
		const { ledger } = ledgerOf(cell);
		// c, d, then a would make 9 of 8 cpus.
		const lock = ledger.lockUpTo([8000, 1e9, 0, 0], 2);
		expect([lock.nodes, lock.amounts[CPU], lock.everything]).toEqual([[2, 3], 5000, false]);
		// At least one node.
		expect(ledger.lockUpTo([1, 1, 0, 0], 2).nodes).toEqual([0]);
		expect(ledger.lockUpTo([1e9, 1e9, 0, 0], 0)).toMatchObject({ nodes: [1], everything: true });
		expect(ledger.lockUpTo([1e9, 1e9, 0, 0], 0).nodes).toEqual([]);
	});
});

interface Held {
	readonly lock: Lock;
	/** By node and resource, devices behind. */
	readonly amounts: readonly (readonly number[])[];
}

const step = fc.oneof(
	fc.record({ what: fc.constant("lock-all" as const) }),
	fc.record({ what: fc.constant("lock-part" as const), cpu: fc.integer({ min: 0, max: 9000 }), from: fc.nat(3) }),
	fc.record({ what: fc.constant("unlock" as const), which: fc.nat(5) }),
	fc.record({
		what: fc.constant("bind" as const),
		on: fc.nat(3),
		cpu: fc.constantFrom(0, 500, 2000),
		gpu: fc.constantFrom(0, 300, 1000),
	}),
	fc.record({ what: fc.constant("end" as const), which: fc.nat(5) }),
	fc.record({ what: fc.constant("turn" as const), on: fc.nat(3) }),
	fc.record({ what: fc.constant("add" as const) }),
);

test("agrees with a walk over all nodes and locks, whatever happens to the cell", () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
			const cell = cellOf([0, 1, 2, 3].map((i) => node(`n${i}`, { gpus: i % 2 })));
			const { ledger, shown, unlock } = ledgerOf(cell);
			const decided = cell.pod(pendingPod(cell.submit(job("decided", { cpu: 700, gpu: { milli: 200 } }))));
			const held: Held[] = [];
			const pods: PodId[] = [];
			for (const what of steps) {
				if (what.what === "lock-all" || what.what === "lock-part") {
					const before = availableByNode(cell, held);
					const lock =
						what.what === "lock-all" ? ledger.lockAll() : ledger.lockUpTo([what.cpu, 1e9, 0, 1e9], what.from);
					const inside = (n: number) => what.what === "lock-all" || lock.nodes.includes(n as NodeId);
					const amounts = before.map((row, n) => row.map((amount) => (inside(n) ? amount : 0)));
					const snapshot = shown(lock);
					expect(rowsOf(snapshot, cell.nodes.count)).toEqual(amounts);
					// What the holder of everything, or of the rest, decides is nobody else's business.
					for (const n of [1, 3] as NodeId[])
						if (lock.source !== ledger.part && snapshot.nodes.ready[n] === 1 && snapshot.fits(decided.podClass, n))
							snapshot.assume(decided, n);
					expect([...lock.amounts].filter((_, r) => r !== PODS)).toEqual(sumOf(amounts));
					if (what.what === "lock-part")
						expect(amounts.flat().some((x) => x > 0)).toBe(before.flat().some((x) => x > 0));
					held.push({ lock, amounts });
				} else if (what.what === "unlock") {
					const [gone] = held.splice(what.which, 1);
					if (gone) unlock(gone.lock);
				} else if (what.what === "bind") {
					const [cpu = 0, memory = 0, gpu = 0, ...devices] = availableByNode(cell, held)[what.on]!;
					if (cpu < what.cpu || memory < 100 || gpu < what.gpu || !devices.some((free) => free >= what.gpu)) continue;
					// Only where the cell would choose a device that is not locked.
					if (what.gpu > 0 && held.length > 0) continue;
					pods.push(bindNew(cell, what.on, { cpu: what.cpu, ...(what.gpu ? { gpu: { milli: what.gpu } } : {}) }));
				} else if (what.what === "end") {
					const [pod] = pods.splice(what.which, 1);
					if (pod !== undefined) cell.endPod(pod, "succeeded");
				} else if (what.what === "turn") {
					cell.setNodeReady(what.on as NodeId, cell.nodes.ready[what.on] === 0);
				} else {
					cell.addNode(node(`more-${cell.nodes.count}`));
				}
				const rows = availableByNode(cell, held);
				expect([...ledger.available()].filter((_, r) => r !== PODS)).toEqual(sumOf(rows));
				const locked = held.map(({ amounts }) => sumOf(amounts));
				const lockedSum = [0, 1, 2].map((r) => locked.reduce((sum, amounts) => sum + amounts[r]!, 0));
				expect(
					[...ledger.locked]
						.filter((_, r) => r !== PODS)
						.concat([0, 0, 0])
						.slice(0, 3),
				).toEqual(lockedSum);
			}
		}),
		{ seed: 17, numRuns: 1000 },
	);
});

/** By node: cpu, memory, gpu and the device that are free and in no lock. */
function availableByNode(cell: Cell, held: readonly Held[]): number[][] {
	const { nodes } = cell;
	return Array.from({ length: nodes.count }, (_, n) => {
		const free = [
			...[CPU, MEMORY, GPU].map((r) => nodes.free[r]![n]!),
			nodes.deviceCount[n]! > 0 ? nodes.deviceFree[n * MAX_DEVICES]! : 0,
		];
		if (nodes.ready[n] === 0) return free.map(() => 0);
		return free.map((amount, i) => held.reduce((left, { amounts }) => left - (amounts[n]?.[i] ?? 0), amount));
	});
}

function rowsOf({ nodes }: Snapshot, count: number): number[][] {
	return Array.from({ length: count }, (_, n) => [
		...[CPU, MEMORY, GPU].map((r) => nodes.free[r]![n]!),
		nodes.deviceCount[n]! > 0 ? nodes.deviceFree[n * MAX_DEVICES]! : 0,
	]);
}

/** Summed over the nodes: cpu, memory, gpu. */
function sumOf(rows: readonly (readonly number[])[]): number[] {
	return [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row[i]!, 0));
}
