/** What an application in neutral terms is in Marathon: an app. */
import { SECOND } from "../../engine/time.js";
import { parseQuantity } from "../../objects/quantity.js";
import { type Application, annotationsOf, type DeclaredObject } from "../application.js";

/**
 * Instances replaced at a time become minimumHealthCapacity or maximumOverCapacity, by the order; without either Marathon starts a second
 * set first. An app that is not ready at once has a health check, with Marathon's own times. For `delay` and `onFailure` an app has no fields.
 * Where no requests are given, it takes Marathon's 1 cpu and 128 MB.
 */
export function appOf(application: Application): DeclaredObject {
	const { name, replicas, image, resources, nodeLabels, readyAfter, stop } = application;
	const { cpu, memory } = resources.requests;
	const strategy = strategyOf(application);
	const constraints = Object.entries(nodeLabels).map(([label, value]) => [label, "LIKE", escaped(value)]);
	const annotations = annotationsOf(application);
	return {
		kind: "App",
		metadata: { name: `/${name}`, ...(Object.keys(annotations).length > 0 && { annotations }) },
		spec: {
			instances: replicas,
			...(cpu !== undefined && { cpus: parseQuantity(cpu, "milli") / 1000 }),
			...(memory !== undefined && { mem: parseQuantity(memory, "unit") / 2 ** 20 }),
			container: { type: "DOCKER", docker: { image: image.name } },
			...(constraints.length > 0 && { constraints }),
			...(readyAfter > 0 && { healthChecks: [{ protocol: "HTTP" }] }),
			...(strategy && { upgradeStrategy: strategy }),
			...(stop.grace !== undefined && { taskKillGracePeriodSeconds: stop.grace / SECOND }),
		},
	};
}

/** Null for Marathon's own. Rounded so that the products come to whole instances. */
function strategyOf({ replicas, update: { parallelism, order } }: Application): object | null {
	if ((parallelism === undefined && order === undefined) || replicas === 0) return null;
	const step = Math.min(replicas, parallelism ?? replicas);
	const rest = Math.floor(((replicas - step) / replicas) * PRECISION) / PRECISION;
	const over = Math.ceil((step / replicas) * PRECISION) / PRECISION;
	return order === "stop-first"
		? { minimumHealthCapacity: rest, maximumOverCapacity: 0 }
		: { minimumHealthCapacity: 1, maximumOverCapacity: over };
}

const PRECISION = 1e6;

function escaped(text: string): string {
	return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
