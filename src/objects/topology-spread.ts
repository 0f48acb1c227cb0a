/** Topology spread constraints (core/v1 TopologySpreadConstraint) as a pod or a scheduler configuration declares them. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import type { LabelSelector } from "./selector.js";
import { labelSelectorSchema } from "./selector-schemas.js";

/** Whether nodes that the pod may not use anyway count as domains. */
export type InclusionPolicy = "Honor" | "Ignore";

/** Matching pods shall be spread evenly over the values of a node label. */
export interface SpreadConstraint {
	/** How many more matching pods a domain may have than the emptiest one; at least 1. */
	readonly maxSkew: number;
	readonly topologyKey: string;
	readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
	/** Null selects no pod. */
	readonly selector: LabelSelector | null;
	/** With fewer domains than this the emptiest one counts as empty; at least 1. */
	readonly minDomains: number;
	readonly nodeAffinityPolicy: InclusionPolicy;
	readonly nodeTaintsPolicy: InclusionPolicy;
	/** Label keys whose values of the pod itself join the selector. */
	readonly matchLabelKeys: readonly string[];
}

const policy = z.enum(["Honor", "Ignore"]);
const SKEW = "must be at least 1: how many more matching pods one domain may have than another";
const NO_KEY = "a spread constraint needs a topologyKey, such as kubernetes.io/hostname";

export const spreadConstraintSchema = (object: ObjectMaker): z.ZodType<SpreadConstraint> =>
	object("TopologySpreadConstraint", {
		maxSkew: z.int32().min(1, { error: SKEW }),
		topologyKey: z.string({ error: NO_KEY }).min(1, { error: NO_KEY }),
		whenUnsatisfiable: z.enum(["DoNotSchedule", "ScheduleAnyway"]),
		labelSelector: orAbsent(labelSelectorSchema(object), null),
		minDomains: orAbsent(z.int32().min(1), null),
		nodeAffinityPolicy: orAbsent(policy, "Honor"),
		nodeTaintsPolicy: orAbsent(policy, "Ignore"),
		matchLabelKeys: orAbsent(z.array(z.string()), []),
	})
		.superRefine(({ minDomains, whenUnsatisfiable, labelSelector, matchLabelKeys }, context) => {
			if (minDomains !== null && whenUnsatisfiable !== "DoNotSchedule") {
				const message = "minDomains goes with whenUnsatisfiable: DoNotSchedule only";
				context.addIssue({ code: "custom", path: ["minDomains"], message });
			}
			if (matchLabelKeys.length > 0 && labelSelector === null) {
				const message = "matchLabelKeys adds to a labelSelector: write one";
				context.addIssue({ code: "custom", path: ["matchLabelKeys"], message });
			}
		})
		.transform((given) => ({
			maxSkew: given.maxSkew,
			topologyKey: given.topologyKey,
			whenUnsatisfiable: given.whenUnsatisfiable,
			selector: given.labelSelector,
			minDomains: given.minDomains ?? 1,
			nodeAffinityPolicy: given.nodeAffinityPolicy,
			nodeTaintsPolicy: given.nodeTaintsPolicy,
			matchLabelKeys: given.matchLabelKeys,
		}));
