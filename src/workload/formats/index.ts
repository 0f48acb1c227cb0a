/** Trace formats by name. A new one is a file here, a line below, and a fixture in `test/contracts/trace-formats.test.ts`. */
import type { RandomSource } from "../../engine/random.js";
import { type AnyDefinition, registry } from "../../objects/definition.js";
import type { OpenedTrace } from "../arrivals.js";
import { borgCellFormat } from "./borg-cell.js";
import { cellsimFormat } from "./cellsim.js";
import { kubernetesFormat } from "./kubernetes.js";
import { openbFormat } from "./openb.js";
import { paiFormat } from "./pai.js";

/** Where relative paths in parameters start. */
export interface TraceContext {
	readonly baseDirs: readonly string[];
	/** Draws of a run, for formats that draw; absent where there is no run. */
	readonly random?: RandomSource;
}

export const traceFormats = registry<AnyDefinition<OpenedTrace, TraceContext>>("trace format", [
	openbFormat,
	paiFormat,
	kubernetesFormat,
	cellsimFormat,
	borgCellFormat,
]);
