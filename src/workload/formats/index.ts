/** Trace formats by name. A new one is a file here, a line below, and a fixture in `test/contracts/trace-formats.test.ts`. */
import { registry } from "../../objects/definition.js";
import type { OpenedTrace } from "../arrivals.js";
import { cellsimFormat } from "./cellsim.js";
import { openbFormat } from "./openb.js";

/** Where relative paths in parameters start. */
export interface TraceContext {
	readonly baseDir: string;
}

export const traceFormats = registry<OpenedTrace, TraceContext>("trace format", [openbFormat, cellsimFormat]);
