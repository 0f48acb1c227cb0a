/**
 * Columns as few bytes that compress well: what a report holds of a run. Integers are stored as differences to the one before, in as many
 * bytes as they need; texts as templates with the numbers taken out, so that a million names that differ in a count cost little.
 *
 *     length of the header (32 bits, little-endian), header (JSON), the columns' bytes one after the other
 */

/** What `unpack` gives back, by name. `null`s of integer columns are NaN. */
export interface Packed {
	readonly facts: unknown;
	readonly numbers: (name: string) => Float64Array;
	readonly texts: (name: string) => readonly string[];
	readonly bytes: (name: string) => Uint8Array;
}

interface Header {
	readonly facts: unknown;
	readonly columns: readonly ColumnHeader[];
}

interface ColumnHeader {
	readonly name: string;
	/** Number of values, and of bytes. */
	readonly length: number;
	readonly size: number;
}

export class Packer {
	readonly #facts: unknown;
	readonly #columns: ColumnHeader[] = [];
	readonly #parts: Uint8Array[] = [];

	/** `facts` is plain data that goes into the header. */
	constructor(facts: unknown) {
		this.#facts = facts;
	}

	/** Integers below 2^51, or NaN, that are often close to the one before. */
	numbers(name: string, values: ArrayLike<number>): void {
		const writer = new Varints(values.length);
		let before = 0;
		for (let i = 0; i < values.length; i++) {
			const value = values[i]!;
			if (Number.isNaN(value)) writer.put(0);
			else {
				writer.put(1 + folded(value - before));
				before = value;
			}
		}
		this.#put(name, values.length, writer.bytes);
	}

	bytes(name: string, values: Uint8Array): void {
		this.#put(name, values.length, values);
	}

	texts(name: string, values: readonly string[]): void {
		const templates = new Map<string, { readonly number: number; readonly before: number[] }>();
		const [kinds, differences] = [new Varints(values.length), new Varints(values.length)];
		for (const text of values) {
			const template = JSON.stringify(text.split(NUMBER));
			const counts = text.match(NUMBER) ?? [];
			let known = templates.get(template);
			if (known === undefined)
				templates.set(template, (known = { number: templates.size, before: counts.map(() => 0) }));
			kinds.put(known.number);
			for (const [place, digits] of counts.entries()) {
				differences.put(folded(Number(digits) - known.before[place]!));
				known.before[place] = Number(digits);
			}
		}
		this.#put(`${name}/templates`, templates.size, new TextEncoder().encode(`[${[...templates.keys()].join(",")}]`));
		this.#put(`${name}/kinds`, values.length, kinds.bytes);
		this.#put(`${name}/differences`, differences.length, differences.bytes);
	}

	pack(): Uint8Array {
		const header = new TextEncoder().encode(
			JSON.stringify({ facts: this.#facts, columns: this.#columns } satisfies Header),
		);
		const packed = new Uint8Array(4 + header.length + this.#parts.reduce((sum, part) => sum + part.length, 0));
		new DataView(packed.buffer).setUint32(0, header.length, true);
		packed.set(header, 4);
		let at = 4 + header.length;
		for (const part of this.#parts) {
			packed.set(part, at);
			at += part.length;
		}
		return packed;
	}

	#put(name: string, length: number, bytes: Uint8Array): void {
		this.#columns.push({ name, length, size: bytes.length });
		this.#parts.push(bytes);
	}
}

/** Reads what a `Packer` made. */
export function unpack(packed: Uint8Array): Packed {
	const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
	const headerLength = view.getUint32(0, true);
	const { facts, columns } = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + headerLength))) as Header;
	const places = new Map<string, ColumnHeader & { readonly at: number }>();
	let at = 4 + headerLength;
	for (const column of columns) {
		places.set(column.name, { ...column, at });
		at += column.size;
	}
	const bytes = (name: string) => {
		const place = places.get(name);
		if (place === undefined) throw new Error(`there is no column '${name}'`);
		return packed.subarray(place.at, place.at + place.size);
	};
	const varints = (name: string) => readVarints(bytes(name), places.get(name)!.length);
	return {
		facts,
		bytes,
		numbers: (name) => readNumbers(varints(name)),
		texts: (name) => {
			const templates = JSON.parse(new TextDecoder().decode(bytes(`${name}/templates`))) as readonly string[][];
			return readTexts(templates, varints(`${name}/kinds`), varints(`${name}/differences`));
		},
	};
}

/** Numbers that are written as they would be again: no zeros in front, and below 2^49. */
const NUMBER = /(?<![0-9])(?:0|[1-9][0-9]{0,13})(?![0-9])/g;

/** Small differences, negative ones too, as small numbers: 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
function folded(difference: number): number {
	return difference < 0 ? -2 * difference - 1 : 2 * difference;
}

function unfolded(value: number): number {
	return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Whole numbers from 0 on, seven bits a byte, the lowest first; the last byte of each is below 128. */
class Varints {
	length = 0;
	#bytes: Uint8Array;
	#size = 0;

	constructor(expected: number) {
		this.#bytes = new Uint8Array(64 + 2 * expected);
	}

	get bytes(): Uint8Array {
		return this.#bytes.subarray(0, this.#size);
	}

	put(value: number): void {
		if (this.#size + 8 > this.#bytes.length) {
			const larger = new Uint8Array(2 * this.#bytes.length);
			larger.set(this.#bytes);
			this.#bytes = larger;
		}
		let rest = value;
		while (rest >= 128) {
			this.#bytes[this.#size++] = 128 + (rest % 128);
			rest = Math.floor(rest / 128);
		}
		this.#bytes[this.#size++] = rest;
		this.length++;
	}
}

function readVarints(bytes: Uint8Array, length: number): Float64Array {
	const values = new Float64Array(length);
	let at = 0;
	for (let i = 0; i < length; i++) {
		let [value, unit] = [0, 1];
		while (bytes[at]! >= 128) {
			value += (bytes[at++]! - 128) * unit;
			unit *= 128;
		}
		values[i] = value + bytes[at++]! * unit;
	}
	return values;
}

function readNumbers(values: Float64Array): Float64Array {
	let before = 0;
	for (let i = 0; i < values.length; i++) {
		if (values[i] === 0) values[i] = Number.NaN;
		else values[i] = before += unfolded(values[i]! - 1);
	}
	return values;
}

function readTexts(templates: readonly string[][], kinds: Float64Array, differences: Float64Array): readonly string[] {
	const before = templates.map((pieces) => new Float64Array(pieces.length));
	const texts: string[] = [];
	let at = 0;
	for (const kind of kinds) {
		const pieces = templates[kind]!;
		let text = pieces[0]!;
		for (let place = 1; place < pieces.length; place++) {
			before[kind]![place]! += unfolded(differences[at++]!);
			text += before[kind]![place]! + pieces[place]!;
		}
		texts.push(text);
	}
	return texts;
}
