import type { Cell } from "../../cell/cell.js";
import type { ObservedScheduling } from "../observed-scheduling.js";
import type { MetricSink } from "../table.js";

/** One table at work: it listens to the cell's changes from its creation on. */
export interface TableProbe {
	/** Called at the table's period, where it has one. */
	sample?(timeUs: number): void;
	/** Writes what is left at the end of the run. */
	finish(endUs: number): void;
}

/** Makes the probe of a table; it may watch the cell, and may change nothing. `scheduling` answers once the run is under way. */
export type MakeProbe = (cell: Cell, sink: MetricSink, scheduling: () => ObservedScheduling) => TableProbe;
