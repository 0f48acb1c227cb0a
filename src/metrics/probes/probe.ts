import type { Cell } from "../../cell/cell.js";
import type { MetricSink } from "../table.js";

/** One table at work: it listens to the cell's changes from its creation on. */
export interface TableProbe {
	/** Called at the table's period, where it has one. */
	sample?(timeUs: number): void;
	/** Writes what is left at the end of the run. */
	finish(): void;
}

/** Makes the probe of a table; it may watch the cell, and may change nothing. */
export type MakeProbe = (cell: Cell, sink: MetricSink) => TableProbe;
