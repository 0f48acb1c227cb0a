/**
 * Creates objects in batches of 1, 2, 4, 8, ...: where something is wrong, few requests find that out
 * (pkg/controller/replicaset, slowStartBatch).
 */
import type { Draft } from "../api-object.js";
import type { ApiError, ApiResult } from "../api-server.js";
import { all, type Step } from "../controller.js";

export interface Created {
	readonly made: number;
	/** Of the batch that failed; null if none did. The rest was not tried. */
	readonly error: ApiError | null;
}

/** `count` drafts, made by their number; `answered` hears of each answer. */
export function* slowStart(
	count: number,
	draft: (index: number) => Draft,
	answered: (result: ApiResult) => void,
): Generator<Step, Created, readonly ApiResult[]> {
	let made = 0;
	let next = 0;
	for (let batch = 1; next < count; batch *= 2) {
		const until = Math.min(count, next + batch);
		const results = yield* all(
			Array.from({ length: until - next }, (_, i) => ({ verb: "create", draft: draft(next + i) }) as const),
		);
		next = until;
		for (const result of results) answered(result);
		made += results.filter(({ ok }) => ok).length;
		const failed = results.find((result) => !result.ok);
		if (failed && !failed.ok) return { made, error: failed.error };
	}
	return { made, error: null };
}
