/**
 * Creates objects in batches of 1, 2, 4, 8, ...: where something is wrong, few requests find that out
 * (pkg/controller/replicaset, slowStartBatch).
 */
import type { Draft } from "../api-object.js";
import type { ApiError, ApiResult } from "../api-server.js";
import type { ApiRequest } from "../client.js";
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
		const requests: ApiRequest[] = [];
		for (; next < until; next++) requests.push({ verb: "create", draft: draft(next) });
		let error: ApiError | null = null;
		for (const result of yield* all(requests)) {
			answered(result);
			if (result.ok) made++;
			else error ??= result.error;
		}
		if (error !== null) return { made, error };
	}
	return { made, error: null };
}
