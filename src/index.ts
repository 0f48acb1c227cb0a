/**
 * The public API: what somebody needs who writes a scheduler or an architecture, or who runs simulations from a program of
 * their own. Trace formats, generators and Kubernetes manifests are in `cellsim/workload`, which costs more to load.
 * `src/README.md` is the map.
 */

export { z } from "zod";
export * from "./core.js";
export { architectures } from "./scheduling/architectures/index.js";
export { elasticPolicies } from "./scheduling/elastic-policies.js";
export { queueOrders } from "./scheduling/queue-orders.js";
export { schedulers } from "./scheduling/schedulers/index.js";
