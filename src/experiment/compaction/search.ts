/** Finding the smallest size that is enough with as few tries as the bounds allow; no size is tried twice. */

/** Whether a size is enough. */
export type Enough = (size: number) => Promise<boolean>;

export interface SearchRange {
	/** Everything below is known not to be enough. */
	readonly low: number;
	/** The largest size that there is. */
	readonly high: number;
	/** How far above the bound to begin, at least 1; doubled as long as nothing is enough. */
	readonly step: number;
}

/** A question whose answers are kept by size. */
export function remembered(enough: Enough): Enough {
	const known = new Map<number, Promise<boolean>>();
	return (size) => {
		let answer = known.get(size);
		if (answer === undefined) known.set(size, (answer = enough(size)));
		return answer;
	};
}

/**
 * The smallest size that is enough, if every larger one is; a packing policy need not be like that, and then it is one that is enough
 * while the one below it is not. Null if `high` is not enough. Sizes near the lower bound are tried first, in growing steps, since
 * the answer lies near it; then the open interval is halved.
 */
export async function binarySearch(enough: Enough, { low, high, step: first }: SearchRange): Promise<number | null> {
	if (low > high) return null;
	let step = first;
	let below = low - 1;
	let above = Math.min(high, below + step);
	while (!(await enough(above))) {
		if (above === high) return null;
		below = above;
		step *= 2;
		above = Math.min(high, above + step);
	}
	while (above - below > 1) {
		const middle = Math.floor((below + above) / 2);
		if (await enough(middle)) above = middle;
		else below = middle;
	}
	return above;
}

/** Takes one away from `high` after the other until it is no longer enough, or the bound is reached. Null if `high` is not enough. */
export async function linearSearch(enough: Enough, { low, high }: Omit<SearchRange, "step">): Promise<number | null> {
	if (low > high || !(await enough(high))) return null;
	let size = high;
	while (size > low && (await enough(size - 1))) size--;
	return size;
}
