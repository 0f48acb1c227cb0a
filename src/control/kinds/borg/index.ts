import type { AnyKind } from "../kind.js";
import { namespaceKind } from "../namespace.js";
import { nodeKind } from "../node.js";
import { podDisruptionBudgetKind } from "../pod-disruption-budget.js";
import { borgJobKind } from "./job.js";

/** What can be declared to a Borg cell. Tasks are pods. */
export const borgKinds: readonly AnyKind[] = [borgJobKind, namespaceKind, nodeKind, podDisruptionBudgetKind];
