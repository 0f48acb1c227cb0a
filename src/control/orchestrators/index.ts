import { registry } from "../../objects/definition.js";
import { borg } from "./borg.js";
import { kubernetes } from "./kubernetes.js";
import { mesos } from "./mesos.js";
import type { AnyOrchestrator } from "./orchestrator.js";
import { swarm } from "./swarm.js";

/** By name, for `orchestrator:` in an experiment. */
export const orchestrators = registry<AnyOrchestrator>("orchestrator", [kubernetes, swarm, mesos, borg]);
