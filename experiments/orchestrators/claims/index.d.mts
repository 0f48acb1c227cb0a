import type { Experiment } from "../../lib/claims.mjs";

export const EXPERIMENTS: readonly Experiment[];
