/** Transactions and conflicts of the variants, in numbers. */
import { formatCount } from "../../metrics/format-metric.js";
import { cell, table } from "./markup.js";
import type { ReportedVariant } from "./reported.js";
import type { Transactions } from "./transactions.js";

/** A row a variant, means over seeds; "" where no run wrote its attempts. */
export function transactionsTable(variants: readonly ReportedVariant[]): string {
	const known = variants.filter(({ transactions }) => transactions.length > 0);
	if (known.length === 0) return "";
	const all = known.flatMap(({ transactions }) => transactions);
	const outcomes = keys(all.map((one) => one.outcomes));
	const reasons = keys(all.map((one) => one.reasons));
	const head = [
		"variant",
		"attempts",
		...outcomes,
		"transactions",
		"with a conflict",
		...reasons.map((reason) => `conflicts: ${reason}`),
	];
	const rows = known.map(({ label, transactions }) => {
		const mean = (amountOf: (one: Transactions) => number) =>
			transactions.reduce((sum, one) => sum + amountOf(one), 0) / transactions.length;
		const asked = mean((one) => one.transactions);
		const conflicted = mean((one) => one.conflicted);
		const share = asked === 0 ? "" : ` (${((100 * conflicted) / asked).toFixed(2)} %)`;
		const numbers = [
			formatCount(mean(({ attempts }) => attempts)),
			...outcomes.map((outcome) => formatCount(mean((one) => one.outcomes.get(outcome) ?? 0))),
			formatCount(asked),
			`${formatCount(conflicted)}${share}`,
			...reasons.map((reason) => formatCount(mean((one) => one.reasons.get(reason) ?? 0))),
		];
		return [cell(label === "" ? "(all)" : label), ...numbers.map((text) => cell(text, { number: true }))];
	});
	return table("Scheduling attempts by what they came to, means over seeds", head, rows);
}

function keys(maps: readonly ReadonlyMap<string, number>[]): readonly string[] {
	return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
}
