import { registry } from "../../objects/definition.js";
import { kubernetes } from "./kubernetes.js";

/** By name, for `orchestrator:` in an experiment. */
export const orchestrators = registry("orchestrator", [kubernetes]);
