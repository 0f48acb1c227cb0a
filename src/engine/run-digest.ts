/**
 * A rolling 64-bit hash of everything that happened in a run: two lanes of multiply-and-rotate over 32-bit words. It tells
 * runs apart; it is no defence against somebody who wants two runs to look alike.
 */
export class RunDigest {
	#low = 0x2545f491;
	#high = 0x9e3779b9 | 0;

	/** Mixes an integer below 2^53 in absolute value. */
	number(value: number): void {
		this.word(value | 0);
		this.word((value / 4294967296) | 0);
	}

	/** Mixes a 32-bit integer. */
	word(value: number): void {
		const low = Math.imul(this.#low ^ value, 0x85ebca6b);
		const high = Math.imul(this.#high ^ value ^ (low >>> 15), 0xc2b2ae35);
		this.#low = (low << 13) | (low >>> 19);
		this.#high = (((high << 17) | (high >>> 15)) + low) | 0;
	}

	/** Sixteen hexadecimal digits. */
	hex(): string {
		return (this.#high >>> 0).toString(16).padStart(8, "0") + (this.#low >>> 0).toString(16).padStart(8, "0");
	}
}
