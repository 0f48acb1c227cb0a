/** The architectures, one a file. */
import { registry } from "../../objects/definition.js";
import type { AnyArchitectureDefinition } from "../architecture.js";
import { monolithic } from "./monolithic.js";
import { sharedState } from "./shared-state.js";

export const architectures = registry<AnyArchitectureDefinition>("architecture", [monolithic, sharedState]);
