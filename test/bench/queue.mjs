/**
 * Event queues: pop the next event and push another, with 1,000 to a million pending (the "hold" model), and cancelling.
 * Beside the ladder queue runs a binary heap of objects, which is what most simulators use.
 */
import { LadderQueue, SeededRandomSource } from "cellsim/core";
import { cpuOf, median } from "./measure.mjs";

class ObjectHeap {
	#heap = [];
	#sequence = 0;

	push(time, phase, kind, subject) {
		const event = { time, phase, sequence: this.#sequence++, kind, subject };
		const heap = this.#heap;
		let hole = heap.push(event) - 1;
		while (hole > 0) {
			const parent = (hole - 1) >> 1;
			if (before(heap[parent], event)) break;
			heap[hole] = heap[parent];
			hole = parent;
		}
		heap[hole] = event;
		return event;
	}

	pop() {
		const heap = this.#heap;
		const top = heap[0];
		const last = heap.pop();
		if (heap.length === 0) return top;
		let hole = 0;
		for (let child = 1; child < heap.length; child = 2 * hole + 1) {
			if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
			if (before(last, heap[child])) break;
			heap[hole] = heap[child];
			hole = child;
		}
		heap[hole] = last;
		return top;
	}
}

function before(a, b) {
	return (
		a.time < b.time || (a.time === b.time && (a.phase < b.phase || (a.phase === b.phase && a.sequence < b.sequence)))
	);
}

const OPERATIONS = 1_000_000;

function increments() {
	const random = new SeededRandomSource("1").stream("bench/queue");
	return Float64Array.from({ length: 65_536 }, () => Math.round(-Math.log(1 - random.next()) * 1e6));
}

function hold(queue, timeOfPop, pending, steps) {
	for (let i = 0; i < pending; i++) queue.push(steps[i & 65_535], 1, 1, i);
	return cpuOf(() => {
		for (let i = 0; i < OPERATIONS; i++) queue.push(timeOfPop() + steps[i & 65_535], 1, 1, i);
	});
}

export function* queue() {
	const steps = increments();
	for (const pending of [1_000, 100_000, 1_000_000]) {
		const ladder = [];
		const objects = [];
		for (let i = 0; i < 5; i++) {
			const heap = new ObjectHeap();
			objects.push(OPERATIONS / hold(heap, () => heap.pop().time, pending, steps) / 1e6);
			const fast = new LadderQueue();
			const pop = () => {
				fast.pop();
				return fast.headTimeUs;
			};
			ladder.push(OPERATIONS / hold(fast, pop, pending, steps) / 1e6);
		}
		yield { name: `queue.${pending}.ladder.hold`, value: median(ladder), unit: "M pop+push/s" };
		yield { name: `queue.${pending}.objects.hold`, value: median(objects), unit: "M pop+push/s" };
		yield {
			name: `queue.${pending}.ladder_over_objects`,
			value: median(ladder.map((rate, i) => rate / objects[i])),
			unit: "x",
		};
	}
	yield { name: "queue.100000.ladder.reschedule", value: reschedules(steps), unit: "M reschedule/s" };
}

/** Moves pending events about, as node agents do when rates change. */
function reschedules(steps) {
	const rates = [];
	for (let i = 0; i < 5; i++) {
		const fast = new LadderQueue();
		const handles = Array.from({ length: 100_000 }, (_, n) => fast.push(steps[n & 65_535], 1, 1, n));
		const seconds = cpuOf(() => {
			for (let k = 0; k < OPERATIONS; k++)
				handles[k % 100_000] = fast.reschedule(handles[k % 100_000], steps[k & 65_535] + k);
		});
		rates.push(OPERATIONS / seconds / 1e6);
	}
	return median(rates);
}
