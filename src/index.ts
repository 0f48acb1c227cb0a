/**
 * The public API: what somebody needs who writes a scheduler or an architecture, or who runs simulations from a program of
 * their own, or reads results in one (`openRun`). Trace formats, generators and Kubernetes manifests are in `cellsim/workload`, which costs more to load.
 * `src/README.md` is the map.
 */

export { z } from "zod";
export type { ApiObject, Draft, Metadata, OwnerReference } from "./control/api-object.js";
export { keyOf, ownerReferenceTo } from "./control/api-object.js";
export type { ApiChange, ApiError, ApiResult, DeleteOptions } from "./control/api-server.js";
export type { Controller, ControllerContext, MakeController, Sync } from "./control/controller.js";
/** What the sync of a controller asks of the API server: `const made = yield* api.create(draft)`. */
export * as api from "./control/controller.js";
export {
	type ControllerDefinition,
	ControllerError,
	type ControllerSetup,
	defineController,
} from "./control/controller-definition.js";
export { type AnyKind, defineKind, type KindDefinition } from "./control/kinds/kind.js";
export type { Pod } from "./control/pod.js";
export * from "./core.js";
export type { RunManifest } from "./experiment/results/manifest.js";
export { type OpenedRun, openRun } from "./experiment/results/open-run.js";
export type { ColumnFacts, Rows } from "./metrics/sinks/read.js";
export { architectures } from "./scheduling/architectures/index.js";
export { elasticPolicies } from "./scheduling/elastic-policies.js";
export { queueOrders } from "./scheduling/queue-orders.js";
export { schedulers } from "./scheduling/schedulers/index.js";
