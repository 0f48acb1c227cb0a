/**
 * The tasks of a service: pods, each in a slot of it (a number, or for global services a node), made from what the service said then. One
 * that is told to shut down is a pod that is deleted; one whose desired state is READY gets a node and is made ready there, and runs later.
 *
 * Divergence from SwarmKit: a task that was shut down leaves no history.
 */

import { SECOND } from "../../../engine/time.js";
import { canonicalJson } from "../../../objects/canonical-json.js";
import { parseDuration } from "../../../objects/duration.js";
import { writePlacement } from "../../../objects/service-placement.js";
import { type ApiObject, type Draft, keyOf, ownerReferenceTo } from "../../api-object.js";
import type { ApiRequest } from "../../client.js";
import { affinityOf, labelOf } from "../../kinds/swarm/constraints.js";
import {
	isJob,
	maxConcurrentOf,
	replicasOf,
	type SwarmService,
	type SwarmServiceSpec,
} from "../../kinds/swarm/service.js";
import { NEW_POD, type Pod, type PodTemplate } from "../../pod.js";
import { templateFor } from "../daemon-set/placement.js";

/** The service of a task; schedulers spread by it. */
const SERVICE_LABEL = "com.docker.swarm.service.name";
const SLOT_LABEL = "com.docker.swarm.task.slot";
const SPEC_ANNOTATION = "com.docker.swarm.task.spec";

export function serviceNameOf({ metadata }: Pod): string {
	return metadata.labels[SERVICE_LABEL]!;
}

export function slotOf({ metadata }: Pod): string {
	return metadata.labels[SLOT_LABEL]!;
}

/** What tells it apart from others of its service. */
export function numberOf({ metadata }: Pod): number {
	return Number(metadata.name.slice(metadata.name.lastIndexOf(".") + 1));
}

/** Whether a task was made from this. */
export function isClean({ metadata }: Pod, spec: SwarmServiceSpec): boolean {
	return metadata.annotations[SPEC_ANNOTATION] === specTextOf(spec);
}

/** RUNNING; with a health check that means healthy. */
export function isRunning({ status }: Pod): boolean {
	return status.phase === "Running" && status.ready;
}

/** A new task. `number` tells apart those that a slot has one after the other; `held`: it is wanted READY, not RUNNING. */
export function taskOf(
	service: SwarmService,
	spec: SwarmServiceSpec,
	slot: string,
	{ number, held }: { readonly number: number; readonly held: boolean },
): Draft {
	const { name, namespace } = service.metadata;
	const common = templateOf(spec, name);
	const onlyNode = spec.deploy.mode === "global" || spec.deploy.mode === "global-job" ? slot : "";
	const template = onlyNode !== "" ? templateFor(common, slot) : common;
	return {
		kind: "Pod",
		metadata: {
			namespace,
			name: `${name}.${slot}.${number}`,
			labels: { [SERVICE_LABEL]: name, [SLOT_LABEL]: slot },
			annotations: { ...spec.labels, [SPEC_ANNOTATION]: specTextOf(spec) },
			owner: ownerReferenceTo(service),
		},
		spec: { template, onlyNode, nodeName: "", held },
		status: NEW_POD,
	};
}

/** READY becomes RUNNING. */
export function release(task: Pod): ApiRequest {
	const change = (present: ApiObject) => ({ ...present, spec: { ...(present as Pod).spec, held: false } });
	return { verb: "patch", kind: "Pod", key: keyOf(task), change };
}

/** Everything that tasks are made from, as text: those of equal texts are alike. A job runs anew for any change. */
export function specTextOf(spec: SwarmServiceSpec): string {
	let text = texts.get(spec);
	if (text === undefined) {
		const { image, labels, stop_grace_period, deploy } = spec;
		const { placement, resources, restart_policy } = deploy;
		const job = isJob(spec) && { job: [deploy.mode, replicasOf(deploy), maxConcurrentOf(deploy)] };
		text = canonicalJson({ image, labels, stop_grace_period, placement, resources, restart_policy, ...job });
		texts.set(spec, text);
	}
	return text;
}

const texts = new WeakMap<SwarmServiceSpec, string>();

/** The template of the tasks of a service, but for the node of a global one. Tasks of one spec share it. */
export function templateOf(spec: SwarmServiceSpec, service: string): PodTemplate {
	let template = templates.get(spec);
	if (template === undefined) {
		template = templateMadeOf(spec, service);
		templates.set(spec, template);
	}
	return template;
}

const templates = new WeakMap<SwarmServiceSpec, PodTemplate>();

/** Reservations are requests; limits alone reserve nothing. The agent restarts nothing by itself. */
function templateMadeOf({ image, stop_grace_period, deploy }: SwarmServiceSpec, service: string): PodTemplate {
	const { limits, reservations } = deploy.resources;
	const { constraints, preferences, max_replicas_per_node: maxReplicas } = deploy.placement;
	const affinity = affinityOf(constraints);
	const spread = preferences.map((preference) => labelOf(preference.spread));
	const annotations =
		spread.length === 0 && maxReplicas === 0
			? {}
			: { "cellsim.io/service-placement": writePlacement({ spread, maxReplicas }) };
	const amounts = ({ cpus, memory }: typeof limits, none?: string) => {
		const pairs = [["cpu", cpus ?? none] as const, ["memory", memory ?? none] as const];
		return Object.fromEntries(pairs.filter(([, amount]) => amount !== undefined));
	};
	return {
		metadata: { labels: { [SERVICE_LABEL]: service }, annotations },
		spec: {
			containers: [
				{ name: "task", image, resources: { requests: amounts(reservations, "0"), limits: amounts(limits) } },
			],
			restartPolicy: "Never",
			terminationGracePeriodSeconds: Math.ceil(parseDuration(stop_grace_period) / SECOND),
			...(affinity && { affinity }),
		},
	};
}
