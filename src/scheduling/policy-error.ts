/** A scheduler threw, or answered something that is no decision: the run fails, naming scheduler and pod. */
export class PolicyError extends Error {
	override readonly name = "PolicyError";

	constructor(scheduler: string, pod: string, cause: unknown) {
		const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
		super(`scheduler ${scheduler} failed on pod '${pod}': ${what}`, { cause });
	}
}
