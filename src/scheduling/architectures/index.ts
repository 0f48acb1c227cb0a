/** The architectures, one a file. */
import { registry } from "../../objects/definition.js";
import type { AnyArchitectureDefinition } from "../architecture.js";
import { hawk } from "./hawk.js";
import { monolithic } from "./monolithic.js";
import { omegaSimulator } from "./omega-simulator.js";
import { sharedState } from "./shared-state.js";
import { sparrow } from "./sparrow.js";
import { staticPartition } from "./static-partition.js";
import { twoLevel } from "./two-level.js";

export const architectures = registry<AnyArchitectureDefinition>("architecture", [
	monolithic,
	staticPartition,
	twoLevel,
	sharedState,
	omegaSimulator,
	sparrow,
	hawk,
]);
