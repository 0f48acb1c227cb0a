import { registry } from "../../objects/definition.js";
import { chromeTrace } from "./chrome-trace.js";
import { csv } from "./csv.js";
import { openMetrics } from "./open-metrics.js";
import { parquet } from "./parquet.js";

/** By name, for `cellsim export`. */
export const exportFormats = registry("export format", [parquet, csv, chromeTrace, openMetrics]);
