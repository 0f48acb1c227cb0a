import type { Random } from "./random.js";

/** The items in random order, each order as likely as any other (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
	const order = [...items];
	for (let i = order.length - 1; i > 0; i--) {
		const j = random.integer(i + 1);
		[order[i], order[j]] = [order[j]!, order[i]!];
	}
	return order;
}
