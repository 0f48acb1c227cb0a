/** The body of a record batch: buffers one behind the other, each padded to 8 bytes, in memory that one batch after the other uses. */
const FIRST_BYTES = 65_536;

export class BatchBody {
	/** Of each column, in order. */
	nodes: { length: number; nullCount: number }[] = [];
	/** Of each buffer, in order: where it lies, and how long it is with its padding. */
	buffers: { offset: number; length: number }[] = [];
	readonly #encoder = new TextEncoder();
	#memory = new Uint8Array(FIRST_BYTES);
	#length = 0;

	/** Forgets the last batch. */
	clear(): void {
		this.nodes = [];
		this.buffers = [];
		this.#length = 0;
	}

	/** What was added so far; another memory may hold it once more is added. */
	get bytes(): Uint8Array<ArrayBuffer> {
		return this.#memory.subarray(0, this.#length);
	}

	/** The memory that the buffers lie in, until more is added. */
	get memory(): ArrayBuffer {
		return this.#memory.buffer;
	}

	/** Adds a buffer for the caller to fill, and says where in the memory it lies. It holds what earlier batches left there. */
	add(bytes: number): number {
		this.#reserve(bytes);
		const offset = this.#length;
		this.#end(bytes);
		return offset;
	}

	/** Adds text as a buffer of UTF-8, and says how many bytes it is without padding. */
	addText(text: string): number {
		// One UTF-16 unit takes at most three bytes of UTF-8.
		this.#reserve(3 * text.length);
		const { written } = this.#encoder.encodeInto(text, this.#memory.subarray(this.#length));
		this.#end(written);
		return written;
	}

	#reserve(bytes: number): void {
		const needed = this.#length + bytes + 8;
		if (needed <= this.#memory.length) return;
		const larger = new Uint8Array(Math.max(needed, 2 * this.#memory.length));
		larger.set(this.bytes);
		this.#memory = larger;
	}

	#end(bytes: number): void {
		const length = (bytes + 7) & ~7;
		this.#memory.fill(0, this.#length + bytes, this.#length + length);
		this.buffers.push({ offset: this.#length, length });
		this.#length += length;
	}
}
