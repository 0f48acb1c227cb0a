/**
 * Things that events are about: each gets the next number, the subject of its event, and is taken out by it. Few are there at a time and
 * many come by, for which a Map is slow: each time it has been filled anew it allocates, and what it leaves behind keeps alive what was in it.
 */
export class Numbered<Thing> {
	/** Where the thing of a number lies: its last binary digits say. As many as a power of two. */
	#things: (Thing | undefined)[] = new Array(FEWEST).fill(undefined);
	/** Beside each, all digits of its number. */
	#numbers: number[] = new Array(FEWEST).fill(0);
	#count = 0;

	/** The number of a thing that is added. Numbers are used again after 2^24: nothing stays for so long. */
	add(thing: Thing): number {
		const number = this.#count++;
		while (this.#things[number & (this.#things.length - 1)] !== undefined) this.#grow();
		const place = number & (this.#things.length - 1);
		this.#things[place] = thing;
		this.#numbers[place] = number;
		return number & MASK;
	}

	/** The thing of a number; it must be there. */
	get(number: number): Thing {
		return this.#things[number & (this.#things.length - 1)]!;
	}

	/** Puts another thing in the place of that of a number. */
	replace(number: number, thing: Thing): void {
		this.#things[number & (this.#things.length - 1)] = thing;
	}

	/** Takes a thing out; it must be there. */
	take(number: number): Thing {
		const place = number & (this.#things.length - 1);
		const thing = this.#things[place]!;
		this.#things[place] = undefined;
		return thing;
	}

	/** The numbers of those that are there, in the order in which they came. */
	numbers(): readonly number[] {
		const there = this.#numbers.filter((_number, place) => this.#things[place] !== undefined);
		return there.sort((a, b) => a - b).map((number) => number & MASK);
	}

	/** Calls `visit` with each, in no order. */
	forEach(visit: (thing: Thing) => void): void {
		const things = this.#things;
		for (let place = 0; place < things.length; place++) {
			const thing = things[place];
			if (thing !== undefined) visit(thing);
		}
	}

	/** Twice as many places: no two things share one then that do not now. */
	#grow(): void {
		const [things, numbers] = [this.#things, this.#numbers];
		this.#things = new Array(2 * things.length).fill(undefined);
		this.#numbers = new Array(2 * things.length).fill(0);
		things.forEach((thing, place) => {
			const number = numbers[place]!;
			const moved = number & (this.#things.length - 1);
			if (thing === undefined) return;
			this.#things[moved] = thing;
			this.#numbers[moved] = number;
		});
	}
}

const MASK = 0xff_ff_ff;
const FEWEST = 16;
