/** Water that finds its level: how an amount spreads over vessels that hold something already. */

export interface Vessel {
	/** At least 0; what is in it stands at filled / width. A vessel without width takes nothing. */
	readonly width: number;
	readonly filled: number;
}

/**
 * What each vessel gets of `amount`, so that all that get any end up at one level, and none of the others is below it. Nobody gets
 * anything if no vessel has a width.
 */
export function level(amount: number, vessels: readonly Vessel[]): number[] {
	const height = (i: number) => vessels[i]!.filled / vessels[i]!.width;
	const order = vessels
		.flatMap(({ width }, i) => (width > 0 ? [i] : []))
		.sort((a, b) => height(a) - height(b) || a - b);
	let width = 0;
	let content = amount;
	let surface = 0;
	for (const [k, i] of order.entries()) {
		width += vessels[i]!.width;
		content += vessels[i]!.filled;
		surface = content / width;
		const next = order[k + 1];
		if (next === undefined || surface <= height(next)) break;
	}
	return vessels.map((vessel) => (vessel.width > 0 ? Math.max(0, surface * vessel.width - vessel.filled) : 0));
}
