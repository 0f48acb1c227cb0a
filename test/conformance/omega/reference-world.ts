/** Clock, agenda and cell of one run of the reference, and what its schedulers share. Times are in units of the clock. */
import { JavaRandom } from "../../support/java-random.js";
import { ScalaHeapQueue } from "../../support/scala-heap-queue.js";
import { microseconds, nanoseconds, type OmegaGolden, type OmegaRun, type OmegaTraceLine } from "./golden.js";
import { AssertionFailure, type Claim, RandomFirstFit, ReferenceCell } from "./reference-cell.js";
import { bookWait, givesUp, type JobState, Ledger } from "./reference-jobs.js";

/** Doubles in seconds, as the simulator has it, or integers, as cellsim has it. */
export type Clock = "double" | "microseconds" | "nanoseconds";

const CLOCKS: Readonly<Record<Clock, (seconds: number) => number>> = {
	double: (seconds) => seconds,
	microseconds,
	nanoseconds,
};

export type EventName =
	| "task end"
	| "arrival"
	| "sample"
	| "start"
	| "decision"
	| "retry"
	| "offer round"
	| "offer"
	| "response";

export interface ReferenceOptions {
	readonly clock: Clock;
	readonly onDecision?: (line: OmegaTraceLine) => void;
	/** Called before each event of the agenda, with its time in seconds; `subject` is a job, machine or offer, 0 without one. */
	readonly onEvent?: (timeS: number, name: EventName, subject: number) => void;
}

export interface ReferenceScheduler {
	readonly desk: Desk;
	submit(state: JobState): void;
}

interface Action {
	readonly name: EventName;
	readonly subject: number;
	readonly act: () => void;
}

export class World {
	readonly parameters: OmegaRun;
	/** Units of the clock in a second. */
	readonly second: number;
	readonly cell: ReferenceCell;
	now = 0;
	events = 0;
	readonly #options: ReferenceOptions;
	readonly #end: number;
	readonly #agenda = new ScalaHeapQueue();
	/** By subject in the agenda; places are used again. */
	readonly #actions: Action[] = [];
	readonly #freePlaces: number[] = [];

	constructor(golden: OmegaGolden, parameters: OmegaRun, options: ReferenceOptions) {
		const cell = golden.cells.get(parameters.cell);
		if (!cell) throw new Error(`cells.json has no cell '${parameters.cell}'`);
		this.parameters = parameters;
		this.#options = options;
		this.second = CLOCKS[options.clock](1);
		this.cell = new ReferenceCell(cell.machines, cell.cpus, cell.mem);
		this.#end = this.time(cell.runTime);
	}

	/** The clock's time of a time in seconds. */
	time(seconds: number): number {
		return CLOCKS[this.#options.clock](seconds);
	}

	/** Of the attempt that begins now. */
	thinkTime({ job, unscheduled }: JobState): number {
		const { tJobBatch, tJobService, tTask } = this.parameters;
		return this.time(job.workload === "Batch" ? tJobBatch : tJobService) + this.time(tTask) * unscheduled;
	}

	get nowS(): number {
		return this.now / this.second;
	}

	after(delay: number, name: EventName, subject: number, act: () => void): void {
		const place = this.#freePlaces.pop() ?? this.#actions.length;
		this.#actions[place] = { name, subject, act };
		this.#agenda.push(this.now + delay, 0, 0, place);
	}

	decided(line: OmegaTraceLine): void {
		this.#options.onDecision?.(line);
	}

	/** Runs one event past the end, as the simulator does. The assertion's message if one stopped it. */
	run(): string | null {
		const { onEvent } = this.#options;
		while (this.now <= this.#end && this.#agenda.pop()) {
			this.now = this.#agenda.headTimeUs;
			this.events++;
			const { name, subject, act } = this.#actions[this.#agenda.headSubject]!;
			this.#freePlaces.push(this.#agenda.headSubject);
			onEvent?.(this.nowS, name, subject);
			try {
				act();
			} catch (error) {
				if (error instanceof AssertionFailure) return error.message;
				throw error;
			}
		}
		return null;
	}
}

/** What every scheduler has: a queue, a way to search, and what it counts. */
export class Desk {
	readonly name: string;
	/** Workloads that send their jobs here. */
	readonly serves: readonly string[];
	readonly ledger = new Ledger();
	readonly search: RandomFirstFit;
	readonly queue: JobState[] = [];
	readonly #world: World;

	constructor(world: World, name: string, serves: readonly string[]) {
		this.name = name;
		this.serves = serves;
		this.#world = world;
		const { cell, parameters } = world;
		const blacklisted = Math.floor(parameters.blackListFrac * cell.machines);
		// Every scheduler has the run's seed, so all make the same draws.
		this.search = new RandomFirstFit(cell.machines, blacklisted, new JavaRandom(parameters.seed));
	}

	enqueue(state: JobState): void {
		state.enqueuedAt = this.#world.now;
		this.queue.push(state);
	}

	/** The job that has waited longest, out of the queue. */
	next(): JobState | undefined {
		const state = this.queue.shift();
		if (state) bookWait(state, this.#world.now);
		return state;
	}

	/** Searches machines for the tasks of a job, and tells the trace, with the machines' sequence numbers if asked for. */
	place(state: JobState, view: ReferenceCell, sequences: boolean): readonly Claim[] {
		const claims = this.search.place(state, view, this.name);
		this.#world.decided({
			k: "place",
			t: this.#world.nowS,
			s: this.name,
			j: state.job.id,
			a: state.attempts,
			want: state.unscheduled,
			m: claims.map(({ machine }) => machine),
			...(sequences ? { q: claims.map(({ sequence }) => sequence) } : {}),
		});
		return claims;
	}
}

/** Sends a job with tasks left to its scheduler again, one second later, or counts it as given up. */
export function retry(world: World, scheduler: ReferenceScheduler, state: JobState): void {
	if (state.unscheduled === 0) return;
	if (givesUp(state)) scheduler.desk.ledger.timedOut++;
	else world.after(world.time(1), "retry", state.job.id, () => scheduler.submit(state));
}
