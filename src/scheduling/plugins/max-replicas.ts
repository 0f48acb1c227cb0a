import type { FilterPlugin, Rejection } from "../plugin.js";
import { tasksOfService } from "./service-spread.js";

const REJECTION: Rejection = { plugin: "max-replicas", reasons: ["max replicas per node limit exceed"] };

/** Turns nodes down that have as many tasks of the service as it allows on one (SwarmKit, manager/scheduler/filter.go, MaxReplicasFilter). */
export const maxReplicas: FilterPlugin = {
	name: "max-replicas",
	summary: "Turns down nodes with as many tasks of the service as it allows on one, as Swarm from 19.03 on.",
	skips: ({ spec }) => (spec.facts.placement?.maxReplicas ?? 0) === 0,
	accepts: (pod, node) => (tasksOfService(pod, node) < pod.spec.facts.placement!.maxReplicas ? null : REJECTION),
};
