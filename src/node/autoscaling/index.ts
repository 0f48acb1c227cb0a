/** All recommenders of vertical autoscaling. */
import { type AnyDefinition, registry } from "../../objects/definition.js";
import type { RecommenderPolicy } from "./recommender.js";
import { autopilot } from "./recommenders/autopilot.js";
import { vpa } from "./recommenders/vpa.js";

export const recommenders = registry<AnyDefinition<RecommenderPolicy>>("recommender", [autopilot, vpa]);
