/** The claims about Kubernetes, experiment by experiment. */
import { drain } from "./drain.mjs";
import { nodeFailure } from "./node-failure.mjs";
import { nodeFailureBorg } from "./node-failure-borg.mjs";
import { startupFill } from "./startup-fill.mjs";
import { startupSlo } from "./startup-slo.mjs";

export const EXPERIMENTS = [nodeFailure, nodeFailureBorg, drain, startupSlo, startupFill];
