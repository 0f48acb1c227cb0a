/** How far something has come, on stderr: a bar on a terminal, otherwise a line for every tenth of it. */

const WIDTH = 24;
const REDRAW_MS = 100;

export class ProgressLine {
	readonly #total: number;
	readonly #stream: NodeJS.WriteStream;
	readonly #startedAt = performance.now();
	#lastTenth = 0;
	#lastDrawn = 0;
	#drawn = false;

	constructor(total: number, stream: NodeJS.WriteStream) {
		this.#total = total;
		this.#stream = stream;
	}

	/** Seconds since it was made. */
	get seconds(): number {
		return (performance.now() - this.#startedAt) / 1000;
	}

	/** So much is done; `text` says it in words. What is not `urgent` may be left out. */
	show(done: number, text: string, urgent: boolean): void {
		if (this.#stream.isTTY) this.#draw(done, text, urgent);
		else this.#line(done, text);
	}

	/** Leaves the cursor on a line of its own. */
	close(): void {
		if (this.#drawn) this.#stream.write("\n");
	}

	#draw(done: number, text: string, urgent: boolean): void {
		const at = performance.now();
		if (!urgent && at - this.#lastDrawn < REDRAW_MS) return;
		this.#lastDrawn = at;
		this.#drawn = true;
		const filled = Math.round((WIDTH * done) / this.#total);
		this.#stream.write(`\r[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${text}\x1b[K`);
	}

	#line(done: number, text: string): void {
		const tenth = Math.floor((10 * done) / this.#total);
		if (tenth === this.#lastTenth) return;
		this.#lastTenth = tenth;
		this.#stream.write(`${text}\n`);
	}
}
