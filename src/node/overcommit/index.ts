/** All overcommit policies. */
import { registry } from "../../objects/definition.js";
import { borgReclamation } from "./policies/borg-reclamation.js";
import { fixedFactor } from "./policies/factor.js";
import { limits } from "./policies/limits.js";
import { peakPrediction } from "./policies/peak-prediction.js";
import { requests } from "./policies/requests.js";
import type { OvercommitDefinition } from "./policy.js";

export const overcommitPolicies = registry("overcommit policy", [
	requests,
	limits,
	fixedFactor,
	borgReclamation,
	peakPrediction,
	// biome-ignore lint/suspicious/noExplicitAny: the parameter types are erased here, and checked by `params` at the edge.
] as readonly OvercommitDefinition<any>[]);
