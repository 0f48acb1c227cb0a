/**
 * What a new configuration does to a task that runs another one. A new binary always restarts it; more resources or other constraints may
 * leave it without a place on its machine, and then it is stopped and scheduled anew; a new priority never disturbs it. Source: Borg
 * paper, section 2.3.
 *
 * Divergence from Borg: a task that is restarted looks for a machine anew, and so counts as rescheduled. How a task behaves is part of its
 * binary. The notice of a task, and what its containers may use at most on a machine that is simulated in full, stay as they were when it
 * started.
 */
import { canonicalJson } from "../../../objects/canonical-json.js";
import type { ResourceList } from "../../../objects/resources.js";
import { matchesTerm } from "../../../objects/selector.js";
import type { ControllerContext } from "../../controller.js";
import type { BorgConfiguration } from "../../kinds/borg/job.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import { podSpecOf } from "../../kinds/pod-template.js";
import { isActive, type Pod } from "../../pod.js";
import type { PodsByNode } from "../pods-by-node.js";
import { JOB_LABEL, templateOf } from "./tasks.js";

/** Whether it is another program: those are always restarted. `before`: a configuration, or as much of it as was written down. */
export function isOtherBinary(
	before: Pick<BorgConfiguration, "image" | "behaviour">,
	after: BorgConfiguration,
): boolean {
	return before.image !== after.image || canonicalJson(before.behaviour) !== canonicalJson(after.behaviour);
}

/** What is left on machines, as far as it is known, for tasks that change where they are. One for each look at a job. */
export class RoomOnMachines {
	readonly #seen: ControllerContext["seen"];
	readonly #pods: PodsByNode;
	/** By machine, what tasks have grown by since. */
	readonly #grown = new Map<string, Map<string, number>>();

	constructor(seen: ControllerContext["seen"], pods: PodsByNode) {
		this.#seen = seen;
		this.#pods = pods;
	}

	/** Whether the task may stay where it is with this configuration; then its room is taken. */
	takes(task: Pod, configuration: BorgConfiguration): boolean {
		const node = this.#seen.get("Node", nodeKey(task.spec.nodeName)) as NodeObject | undefined;
		if (node === undefined) return false;
		const { facts, requests } = podSpecOf(
			templateOf(configuration, task.metadata.labels[JOB_LABEL]!),
			task.metadata.namespace,
			[],
		);
		const { name, labels } = node.metadata;
		const terms = facts.requiredNodeTerms;
		if (terms !== null && !terms.some((term) => matchesTerm(term, name, labels))) return false;
		const before = requestsOf(task);
		const grown = this.#grown.get(name) ?? new Map<string, number>();
		const growth = Object.entries(requests)
			.map(([resource, amount]) => [resource, amount - (before[resource] ?? 0)] as const)
			.filter(([, more]) => more > 0);
		const fits = growth.every(([resource, more]) => more + (grown.get(resource) ?? 0) <= this.#freeOn(node, resource));
		if (!fits) return false;
		for (const [resource, more] of growth) grown.set(resource, (grown.get(resource) ?? 0) + more);
		this.#grown.set(name, grown);
		return true;
	}

	#freeOn({ metadata, status }: NodeObject, resource: string): number {
		const pods = this.#pods.of(metadata.name).filter((pod) => isActive(pod) || pod.metadata.deletedUs !== null);
		const used = pods.reduce((sum, pod) => sum + (requestsOf(pod)[resource] ?? 0), 0);
		return (status.allocatable[resource] ?? 0) - used;
	}
}

function requestsOf({ metadata, spec }: Pod): ResourceList {
	return podSpecOf(spec.template, metadata.namespace, []).requests;
}
