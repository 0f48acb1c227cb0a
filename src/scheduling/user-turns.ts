/**
 * Users served in turn (Borg paper, section 3.2: the scan of pending tasks goes from high to low priority, by a round-robin scheme
 * within a priority, so that users are treated fairly and nobody waits behind a large job). Within a priority it is the turn of
 * the user who was served longest ago, those never served first, in the order in which they came; each user's own jobs go in order
 * of coming. A user is served when pods of a job of theirs were placed: attempts in vain cost no turn.
 *
 * Divergence from Borg: a turn is a job, there a task.
 */
import { compareJobs, type Job } from "../cell/job.js";
import { JobHeap } from "./job-heap.js";
import type { Turns } from "./queue-order.js";

/** The jobs of one user and priority that may be tried. */
interface UserLine {
	/** In order of the users' first coming. */
	readonly number: number;
	readonly jobs: JobHeap<Job>;
	/** When the user was last served, by the count of servings; 0 if never. */
	servedAt: number;
	/** Its place among the users, null if it has no jobs: places of before are passed over. */
	place: Place | null;
}

interface Place {
	readonly line: UserLine;
	readonly servedAt: number;
}

interface Band {
	readonly priority: number;
	readonly users: Map<string, UserLine>;
	/** Users with jobs, whose turn it is first. */
	readonly places: JobHeap<Place>;
}

export class UserTurns implements Turns {
	/** From high to low priority. */
	readonly #bands: Band[] = [];
	#size = 0;
	#servings = 0;

	get size(): number {
		return this.#size;
	}

	push(job: Job): void {
		const band = this.#bandOf(job.priority);
		const line = lineOf(band, job.user);
		line.jobs.push(job);
		this.#size++;
		if (line.place === null) enlist(band, line);
	}

	peek(): Job | undefined {
		return this.#next()?.line.jobs.peek();
	}

	pop(): Job | undefined {
		const next = this.#next();
		if (next === null) return undefined;
		const { line } = next;
		const job = line.jobs.pop();
		this.#size--;
		if (line.jobs.size === 0) line.place = null;
		return job;
	}

	served({ priority, user }: Job): void {
		const band = this.#bandOf(priority);
		const line = lineOf(band, user);
		line.servedAt = ++this.#servings;
		if (line.place !== null) enlist(band, line);
	}

	/** The place of the user whose turn it is; null if there is nobody. */
	#next(): Place | null {
		for (const { places } of this.#bands) {
			for (let first = places.peek(); first !== undefined; first = places.peek()) {
				if (first.line.place === first) return first;
				places.pop();
			}
		}
		return null;
	}

	#bandOf(priority: number): Band {
		let at = 0;
		while (at < this.#bands.length && this.#bands[at]!.priority > priority) at++;
		const found = this.#bands[at];
		if (found?.priority === priority) return found;
		const band: Band = { priority, users: new Map(), places: new JobHeap(goesFirst) };
		this.#bands.splice(at, 0, band);
		return band;
	}
}

function lineOf({ users }: Band, user: string): UserLine {
	let line = users.get(user);
	if (line === undefined) {
		const jobs = new JobHeap<Job>((a, b) => compareJobs(a, b) < 0);
		line = { number: users.size, jobs, servedAt: 0, place: null };
		users.set(user, line);
	}
	return line;
}

function enlist({ places }: Band, line: UserLine): void {
	line.place = { line, servedAt: line.servedAt };
	places.push(line.place);
}

function goesFirst(a: Place, b: Place): boolean {
	return (a.servedAt - b.servedAt || a.line.number - b.line.number) < 0;
}
