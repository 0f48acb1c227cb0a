/** A waiting room that wakes every parked job whenever a node gains room: the oracle for the one that wakes few. */
import { compareJobs, type Job } from "../../src/cell/job.js";
import type { Simulation } from "../../src/experiment/simulation.js";
import type { QueueDiscipline, Room } from "../../src/scheduling/waiting-room.js";

export class EagerRoom implements Room {
	readonly #strict: boolean;
	#waiting: Job[] = [];
	readonly #parked = new Set<Job>();
	#turns = 0;

	constructor(discipline: QueueDiscipline) {
		this.#strict = discipline === "strict";
	}

	get size(): number {
		return this.#waiting.length;
	}

	get ready(): number {
		return this.#waiting.length - this.#parked.size;
	}

	add(job: Job): void {
		this.#parked.delete(job);
		if (job.turn === 0) this.toTail(job);
		if (!this.#waiting.includes(job)) this.#waiting.push(job);
	}

	toTail(job: Job): void {
		job.turn = ++this.#turns;
	}

	next(): Job | null {
		const first = this.#first();
		if (first === null) return null;
		this.#waiting = this.#waiting.filter((job) => job !== first);
		return first;
	}

	hasNext(): boolean {
		return this.#first() !== null;
	}

	#first(): Job | null {
		this.#waiting = this.#waiting.filter((job) => job.pending.length > 0).sort(compareJobs);
		const first = this.#waiting.find((job) => this.#strict || !this.#parked.has(job));
		return first === undefined || this.#parked.has(first) ? null : first;
	}

	park(job: Job): void {
		this.#parked.add(job);
		this.#waiting.push(job);
	}

	delay(): void {
		throw new Error("an eager room has no retry times");
	}

	wake(job: Job): void {
		this.#parked.delete(job);
	}

	nodeImproved(): boolean {
		const woken = this.#parked.size > 0;
		this.#parked.clear();
		return woken;
	}

	leave(job: Job): void {
		this.#parked.delete(job);
		this.#waiting = this.#waiting.filter((other) => other !== job);
	}

	wakeNext(): boolean {
		return false;
	}

	passOn(): void {}

	readonly backingOff = false;
	readonly nextBackoffUs = Number.POSITIVE_INFINITY;

	endBackoffs(): void {}
}

/** Gives every scheduler process of a simulation an eager room. */
export function wakeEverybody({ architecture }: Simulation, discipline: QueueDiscipline): void {
	for (const process of architecture.processes) (process as { room: Room }).room = new EagerRoom(discipline);
}
