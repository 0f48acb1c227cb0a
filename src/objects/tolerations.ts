/**
 * Taints and tolerations: matching. Their Kubernetes form is in `toleration-schemas.ts`.
 *
 * Source: core/v1 Taint and Toleration, `Toleration.ToleratesTaint`.
 *
 * Divergence from Kubernetes: nothing counts `tolerationSeconds` down, so a tolerated NoExecute taint is tolerated for ever.
 */
import type { Taint, TaintEffect, Toleration } from "./spec.js";

/** Whether one toleration tolerates the taint: effect empty or equal, key empty or equal, any value or an equal one. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
	return (
		(toleration.effect === null || toleration.effect === taint.effect) &&
		(toleration.key === null || toleration.key === taint.key) &&
		(toleration.operator === "Exists" || toleration.value === taint.value)
	);
}

/** Whether any of the tolerations tolerates the taint. */
export function tolerated(tolerations: readonly Toleration[], taint: Taint): boolean {
	for (const toleration of tolerations) if (tolerates(toleration, taint)) return true;
	return false;
}

/** The first taint with one of `effects` that nothing tolerates, or null. */
export function firstUntolerated(
	tolerations: readonly Toleration[],
	taints: readonly Taint[],
	effects: readonly TaintEffect[],
): Taint | null {
	for (const taint of taints) if (effects.includes(taint.effect) && !tolerated(tolerations, taint)) return taint;
	return null;
}
