/** Taints and tolerations as Kubernetes manifests write them; matching is in `tolerations.ts`, which needs no zod. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import type { Taint, Toleration } from "./spec.js";

const EXPECTED = "expected NoSchedule, PreferNoSchedule or NoExecute, or nothing for every effect";
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

export const taintSchema = (object: ObjectMaker): z.ZodType<Taint> =>
	object("Taint", {
		key: z.string().min(1, { error: "a taint needs a key" }),
		value: orAbsent(z.string(), ""),
		effect: z.enum(EFFECTS),
	});

/** `tolerationSeconds` below 0 counts as 0, as in Kubernetes. */
export const tolerationSchema = (object: ObjectMaker): z.ZodType<Toleration> =>
	object("Toleration", {
		key: orAbsent(z.string(), ""),
		operator: orAbsent(z.enum(["Exists", "Equal"]), "Equal"),
		value: orAbsent(z.string(), ""),
		effect: orAbsent(z.enum([...EFFECTS, ""], { error: EXPECTED }), ""),
		tolerationSeconds: orAbsent(z.int(), null),
	})
		.superRefine((toleration, context) => {
			const refuse = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
			if (toleration.key === "" && toleration.operator !== "Exists") {
				refuse("operator", "a toleration without a key tolerates every taint: write operator: Exists, or name a key");
			}
			if (toleration.operator === "Exists" && toleration.value !== "") {
				refuse("value", "Exists takes no value: leave it out, or write Equal");
			}
			if (toleration.tolerationSeconds !== null && toleration.effect !== "NoExecute") {
				refuse("tolerationSeconds", "only NoExecute takes tolerationSeconds: write effect: NoExecute, or leave it out");
			}
		})
		.transform(({ key, operator, value, effect, tolerationSeconds }) => ({
			key: key === "" ? null : key,
			operator,
			value,
			effect: effect === "" ? null : effect,
			tolerationSeconds: tolerationSeconds === null ? null : Math.max(0, tolerationSeconds),
		}));
