/** Taints and tolerations as Kubernetes manifests write them; matching is in `tolerations.ts`, which needs no zod. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { Taint, Toleration } from "./spec.js";

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
