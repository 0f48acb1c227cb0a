/** Things in lists that may be there only once. */
import type { z } from "zod";

/** Refuses a name that appears twice in a list of maps: names identify things in metrics and in random streams. */
export function refuseRepeatedNames(items: readonly unknown[], context: z.RefinementCtx): void {
	const names = items.map((item) => (item as { readonly name?: unknown } | undefined)?.name);
	names.forEach((name, i) => {
		if (name === undefined || names.indexOf(name) === i) return;
		context.addIssue({ code: "custom", path: [i, "name"], message: `the name '${String(name)}' is used twice` });
	});
}

export function refuseRepeated(what: string) {
	return (items: readonly unknown[], context: z.RefinementCtx): void => {
		items.forEach((item, i) => {
			if (items.indexOf(item) === i) return;
			context.addIssue({ code: "custom", path: [i], message: `${what} ${String(item)} is listed twice` });
		});
	};
}
