import type { RunFailure } from "../experiment/failure.js";
import type { RunPlan } from "../experiment/plan.js";
import { red } from "./exit.js";

interface Failed {
	readonly plan: RunPlan;
	readonly failure: RunFailure;
}

/** Failed runs for people, in the order of the experiment; runs that failed for one reason are told of once. */
export function failureText(failures: readonly Failed[]): string {
	const byReason = new Map<string, Failed[]>();
	for (const failed of [...failures].sort((a, b) => a.plan.index - b.plan.index)) {
		const { place, message } = failed.failure;
		const reason = `${place}${red("error")} ${message}`;
		byReason.set(reason, [...(byReason.get(reason) ?? []), failed]);
	}
	return [...byReason]
		.map(([reason, [first, ...more]]) => {
			const { plan, failure } = first!;
			const run = [plan.label, `seed ${plan.seed}`].filter((part) => part !== "").join(", ");
			const others = more.length === 0 ? "" : ` and ${more.length} more`;
			return `${reason} (run ${run}${others})\n${failure.stack === "" ? "" : `${failure.stack}\n`}`;
		})
		.join("");
}
