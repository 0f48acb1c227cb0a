/** What an application in neutral terms is in Kubernetes: a Deployment. */
import type { Application, DeclaredObject } from "../application.js";
import { podTemplateOf } from "../application.js";

/**
 * Instances replaced at a time become maxSurge or maxUnavailable, by the order; a delay between replacements becomes minReadySeconds. What
 * becomes of a failed update (`onFailure`) a Deployment has no field for: it stays where it is. `standard`: of Deployments that say nothing of
 * their updates, null for that of the API.
 */
export function deploymentOf(application: Application, standard: object | null): DeclaredObject {
	const { name, replicas, update } = application;
	const strategy = strategyOf(update) ?? standard;
	return {
		kind: "Deployment",
		metadata: { name },
		spec: {
			replicas,
			selector: { matchLabels: { app: name } },
			template: podTemplateOf(application),
			...(update.delay !== undefined && { minReadySeconds: Math.ceil(update.delay / 1e6) }),
			...(strategy && { strategy: { type: "RollingUpdate", rollingUpdate: strategy } }),
		},
	};
}

/** Null for Kubernetes' own. */
function strategyOf({ parallelism, order }: Application["update"]): object | null {
	if (parallelism === undefined && order === undefined) return null;
	const step = parallelism ?? "25%";
	return order === "stop-first" ? { maxUnavailable: step, maxSurge: 0 } : { maxUnavailable: 0, maxSurge: step };
}
