/**
 * Taints and tolerations: schemas of their Kubernetes form, and matching.
 *
 * Source: core/v1 Taint and Toleration, `Toleration.ToleratesTaint`.
 *
 * Divergence from Kubernetes: `tolerationSeconds` is read over, so a tolerated NoExecute taint is tolerated for ever.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
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

const EFFECTS = "expected NoSchedule, PreferNoSchedule or NoExecute, or nothing for every effect";
const effect = z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]);

export const taintSchema: z.ZodType<Taint> = z.object({
	key: z.string().min(1, { error: "a taint needs a key" }),
	value: orAbsent(z.string(), ""),
	effect,
});

export const tolerationSchema: z.ZodType<Toleration> = z
	.object({
		key: orAbsent(z.string(), ""),
		operator: orAbsent(z.enum(["Exists", "Equal"]), "Equal"),
		value: orAbsent(z.string(), ""),
		effect: orAbsent(z.union([effect, z.literal("")], { error: EFFECTS }), ""),
	})
	.superRefine((toleration, context) => {
		if (toleration.key === "" && toleration.operator !== "Exists") {
			context.addIssue({
				code: "custom",
				path: ["operator"],
				message: "a toleration without a key tolerates every taint: write operator: Exists, or name a key",
			});
		}
		if (toleration.operator === "Exists" && toleration.value !== "") {
			context.addIssue({
				code: "custom",
				path: ["value"],
				message: "Exists takes no value: leave it out, or write Equal",
			});
		}
	})
	.transform(({ key, operator, value, effect }) => ({
		key: key === "" ? null : key,
		operator,
		value,
		effect: effect === "" ? null : effect,
	}));
