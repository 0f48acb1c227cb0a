/** What Kubernetes does: a pod counts for its requests, and may use as much as its limits where others leave it. */
import { defineOvercommit } from "../policy.js";

export const requests = defineOvercommit({
	name: "requests",
	summary: "Pods count for their requests, as in Kubernetes.",
	readsUsage: false,
	create: () => ({}),
});
