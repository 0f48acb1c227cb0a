import type { AnyKind } from "../kind.js";
import { namespaceKind } from "../namespace.js";
import { nodeKind } from "../node.js";
import { swarmServiceKind } from "./service.js";

/** What can be declared to a swarm. Its tasks are pods. */
export const swarmKinds: readonly AnyKind[] = [swarmServiceKind, nodeKind, namespaceKind];
