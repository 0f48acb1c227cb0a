/** What an application in neutral terms is in Swarm: a replicated service. */
import { formatDuration } from "../../objects/duration.js";
import { type Application, annotationsOf, type DeclaredObject } from "../application.js";
import type { SwarmRules } from "../controllers/swarm/version.js";
import type { Quantities } from "../kinds/quantities.js";

/** Requests are reservations. Before 17.05 old tasks stop first, whatever the application would like. */
export function serviceOf(application: Application, { startsFirst, rollsBack }: SwarmRules): DeclaredObject {
	const { name, replicas, image, resources, nodeLabels, update, stop } = application;
	const { parallelism, delay, order, onFailure } = update;
	const failureAction = onFailure === "rollback" && !rollsBack ? "pause" : onFailure;
	const amounts = ({ cpu, memory }: Quantities) => ({
		...(cpu !== undefined && { cpus: cpu }),
		...(memory !== undefined && { memory }),
	});
	return {
		kind: "Service",
		metadata: { name },
		spec: {
			image: image.name,
			labels: annotationsOf(application),
			...(stop.grace !== undefined && { stop_grace_period: formatDuration(stop.grace) }),
			deploy: {
				mode: "replicated",
				replicas,
				placement: { constraints: Object.entries(nodeLabels).map(([key, value]) => `node.labels.${key}==${value}`) },
				resources: { reservations: amounts(resources.requests), limits: amounts(resources.limits) },
				update_config: {
					...(parallelism !== undefined && { parallelism }),
					...(delay !== undefined && { delay: formatDuration(delay) }),
					...(failureAction !== undefined && { failure_action: failureAction }),
					...(order !== undefined && startsFirst && { order }),
				},
			},
		},
	};
}
