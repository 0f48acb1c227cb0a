/** No overcommit: a pod counts for all that it may ever use. */
import { defineOvercommit, limitsOf } from "../policy.js";

export const limits = defineOvercommit({
	name: "limits",
	summary: "Pods count for their limits: nothing is overcommitted.",
	readsUsage: false,
	create: () => ({ charge: limitsOf }),
});
