/** Amounts in a text column, as `name=amount,name=amount`; null without any. */
export function amountsText(amounts: readonly (readonly [name: string, amount: number])[]): string | null {
	return amounts.length === 0 ? null : amounts.map(([name, amount]) => `${name}=${amount}`).join(",");
}
