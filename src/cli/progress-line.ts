/**
 * How far something has come, on stderr: a bar on a terminal, otherwise a line for every tenth of it, with the time that it may still
 * take. For machines (`--json`, where stderr is no terminal) every line is a JSON object with a key `event`.
 */

const WIDTH = 24;
const REDRAW_MS = 100;
/** No guess before that, when little has been seen. */
const GUESS_AFTER_SECONDS = 2;

export interface Standing {
	/** What is done, of `total`, that which was found done included. */
	readonly done: number;
	/** Of it, what was found done, which took no time. */
	readonly found: number;
	/** Of what is under way, the sum of the shares done; 0 where nobody knows. */
	readonly underWay: number;
	/** In words, without times. */
	readonly text: string;
}

export class ProgressLine {
	readonly #total: number;
	readonly #stream: NodeJS.WriteStream;
	readonly #json: boolean;
	readonly #now: () => number;
	readonly #startedAt: number;
	#lastTenth = 0;
	#lastDrawn = 0;
	#drawn = false;

	/** `json`: for machines, unless somebody watches. `now`: milliseconds. */
	constructor(total: number, stream: NodeJS.WriteStream, json: boolean, now = () => performance.now()) {
		this.#total = total;
		this.#stream = stream;
		this.#json = json && !stream.isTTY;
		this.#now = now;
		this.#startedAt = now();
	}

	/** So much is done. What is not `urgent` may be left out. */
	show(standing: Standing, urgent: boolean): void {
		const share = (standing.done + standing.underWay) / this.#total;
		const seconds = (this.#now() - this.#startedAt) / 1000;
		const left = secondsLeft(standing, this.#total, seconds);
		const text = `${standing.text} in ${seconds.toFixed(1)} s${left === null ? "" : `, about ${rough(left)} left`}`;
		if (this.#stream.isTTY) this.#draw(share, text, urgent);
		else if (!this.#isNextTenth(share)) return;
		else if (!this.#json) this.#stream.write(`${text}\n`);
		else {
			const { done, found } = standing;
			this.tell("progress", { done, found, total: this.#total, share, seconds, secondsLeft: left });
		}
	}

	/** Something that happened, for machines only. */
	tell(event: string, facts: object): void {
		if (this.#json) this.#stream.write(`${JSON.stringify({ event, ...facts })}\n`);
	}

	/** Leaves the cursor on a line of its own. */
	close(): void {
		if (this.#drawn) this.#stream.write("\n");
	}

	#draw(share: number, text: string, urgent: boolean): void {
		const at = this.#now();
		if (!urgent && at - this.#lastDrawn < REDRAW_MS) return;
		this.#lastDrawn = at;
		this.#drawn = true;
		const filled = Math.floor(WIDTH * share);
		this.#stream.write(`\r[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${text}\x1b[K`);
	}

	#isNextTenth(share: number): boolean {
		const tenth = Math.floor(10 * share + 1e-9);
		if (tenth <= this.#lastTenth) return false;
		this.#lastTenth = tenth;
		return true;
	}
}

/** If all goes on as fast as what was not found done; null at the end, and while there is little to go by. */
function secondsLeft({ done, found, underWay }: Standing, total: number, seconds: number): number | null {
	const worked = done - found + underWay;
	if (seconds < GUESS_AFTER_SECONDS || worked <= 0 || done === total) return null;
	return (seconds * (total - done - underWay)) / worked;
}

function rough(seconds: number): string {
	if (seconds < 90) return `${Math.ceil(seconds)} s`;
	return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
