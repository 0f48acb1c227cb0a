/** Trace formats by name. A new one is a file here, a line below, and a fixture in `test/contracts/trace-formats.test.ts`. */
import { type AnyDefinition, registry } from "../../objects/definition.js";
import type { OpenedTrace } from "../arrivals.js";
import { cellsimFormat } from "./cellsim.js";
import { kubernetesFormat } from "./kubernetes.js";
import { openbFormat } from "./openb.js";

/** Where relative paths in parameters start. */
export interface TraceContext {
	readonly baseDirs: readonly string[];
}

export const traceFormats = registry<AnyDefinition<OpenedTrace, TraceContext>>("trace format", [
	openbFormat,
	kubernetesFormat,
	cellsimFormat,
]);
