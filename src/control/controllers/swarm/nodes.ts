/**
 * Which nodes of a swarm may have tasks. Their availability is active, pause or drain: one that is not active is unschedulable, and one
 * that is drained says so in an annotation.
 */
import { matchesTerm } from "../../../objects/selector.js";
import type { Informers } from "../../informers.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import { podSpecOf } from "../../kinds/pod-template.js";
import type { Pod, PodTemplate } from "../../pod.js";

const AVAILABILITY = "com.docker.swarm.node.availability";

/** `docker node update --availability`, as a patch of the node's object. */
export function availabilityPatch(action: "cordon" | "uncordon" | "drain"): object {
	const annotations = { [AVAILABILITY]: action === "drain" ? "drain" : null };
	return { metadata: { annotations }, spec: { unschedulable: action !== "uncordon" } };
}

/** DOWN; a node whose state is UNKNOWN is not. */
export function isDown({ status }: NodeObject): boolean {
	return status.ready.status === "False";
}

export class SwarmNodes {
	readonly #seen: Informers;

	constructor(seen: Informers) {
		this.#seen = seen;
	}

	/** Whether it is there and not down: one that a new leader has not heard of yet is not. */
	isUp(name: string): boolean {
		const node = this.#node(name);
		return node !== undefined && !isDown(node);
	}

	/** Whether tasks may stay on a node: it is up, and not drained. A task without a node has nothing to leave. */
	isValid(name: string): boolean {
		if (name === "") return true;
		const { metadata, spec } = this.#node(name) ?? {};
		const drained = spec?.unschedulable === true && metadata?.annotations[AVAILABILITY] === "drain";
		return this.isUp(name) && !drained;
	}

	/** Whether a task is on an active node that it may not be on. */
	breaksConstraints({ spec: { template, nodeName } }: Pod): boolean {
		const { metadata, spec } = this.#node(nodeName) ?? {};
		const terms = podSpecOf(template, "", []).facts.requiredNodeTerms;
		if (metadata === undefined || spec?.unschedulable === true || terms === null) return false;
		return !terms.some((term) => matchesTerm(term, metadata.name, metadata.labels));
	}

	/** Nodes that a global service has a task on: active ones that its constraints allow; one that is paused keeps what it has. */
	forGlobal(template: PodTemplate, live: { has(node: string): boolean }): ReadonlySet<string> {
		const { requiredNodeTerms } = podSpecOf(template, "", []).facts;
		const names: string[] = [];
		for (const object of this.#seen.all("Node").values()) {
			const { metadata, spec } = object as NodeObject;
			const { name, labels } = metadata;
			const fits = requiredNodeTerms === null || requiredNodeTerms.some((term) => matchesTerm(term, name, labels));
			if (fits && this.isValid(name) && (!spec.unschedulable || live.has(name))) names.push(name);
		}
		return new Set(names);
	}

	#node(name: string): NodeObject | undefined {
		return this.#seen.get("Node", nodeKey(name)) as NodeObject | undefined;
	}
}
