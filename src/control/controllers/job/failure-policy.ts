/**
 * What a Job makes of its failed pods. Source: pkg/controller/job (pod_failure_policy.go).
 *
 * Divergence from Kubernetes: all containers of a pod exit with one code, and the first one stands for them; of conditions only
 * DisruptionTarget is known.
 */
import type { Job } from "../../kinds/job.js";
import type { PodFailureRule } from "../../kinds/pod-failure-policy.js";
import type { Pod } from "../../pod.js";

export interface Judgement {
	readonly action: PodFailureRule["action"];
	/** What failed, for a Job that fails because of it. */
	readonly message: string;
}

const COUNTS: Judgement = { action: "Count", message: "" };

/** A pod that counts as failed. */
export function judge({ spec }: Job, pod: Pod): Judgement {
	for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
		const what = matchOf(rule, pod);
		if (what === null) continue;
		return { action: rule.action, message: `${what} matching ${rule.action} rule at index ${index}` };
	}
	return COUNTS;
}

function matchOf({ onExitCodes, onPodConditions }: PodFailureRule, { metadata, spec, status }: Pod): string | null {
	const name = `${metadata.namespace}/${metadata.name}`;
	if (onExitCodes !== null) {
		const { exitCode } = status;
		if (Number.isNaN(exitCode) || exitCode === 0) return null;
		const containers = (spec.template.spec["containers"] ?? []) as readonly { readonly name?: string }[];
		const container = containers.find(
			(one) => onExitCodes.containerName === null || one.name === onExitCodes.containerName,
		);
		const listed = onExitCodes.values.includes(exitCode) === (onExitCodes.operator === "In");
		if (container === undefined || !listed) return null;
		return `Container ${container.name} for pod ${name} failed with exit code ${exitCode}`;
	}
	const disrupted = status.disruption !== "";
	const condition = onPodConditions?.find(({ type, status: is }) => type === "DisruptionTarget" && is === "True");
	return disrupted && condition !== undefined ? `Pod ${name} has condition ${condition.type}` : null;
}
