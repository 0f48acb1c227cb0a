/** Instances of apps: pods with the id of their app and the version of its configuration. */

import { SECOND, type SimTime } from "../../../engine/time.js";
import { writeConstraints } from "../../../objects/attribute-constraints.js";
import { formatDuration, parseDuration } from "../../../objects/duration.js";
import { type Draft, ownerReferenceTo, type Texts } from "../../api-object.js";
import type { Informers } from "../../informers.js";
import { type App, type AppSpec, behaviourOf, constraintsOf } from "../../kinds/marathon/app.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import { isTerminal, NEW_POD, type Pod, type PodTemplate } from "../../pod.js";

export const APP = "marathon/app";
export const VERSION = "marathon/version";
/** The framework, and the scheduler of its instances. */
export const MARATHON = "marathon";

/** A process that is told to go has so long where its app does not say (the executor's time from SIGTERM to SIGKILL). */
const KILL_GRACE_US = 3 * SECOND;

/** Those of an app that are not over, in order of creation. */
export function instancesOf(seen: Informers, id: string): readonly Pod[] {
	const pods = seen.having("Pod", "default", { [APP]: id }) as readonly Pod[];
	return pods.filter(({ status }) => !isTerminal(status.phase));
}

/** On its way out. */
export function isLeaving({ metadata }: Pod): boolean {
	return metadata.deletedUs !== null;
}

/** It waits for an offer. */
export function isWaiting({ spec, metadata }: Pod): boolean {
	return spec.nodeName === "" && metadata.deletedUs === null;
}

export function versionOf({ metadata }: Pod): number {
	return Number(metadata.labels[VERSION]);
}

/** Since when nobody has heard of the agent that it runs on; null if one has. */
export function unreachableSince(seen: Informers, { spec }: Pod): SimTime | null {
	if (spec.nodeName === "") return null;
	const node = seen.get("Node", nodeKey(spec.nodeName)) as NodeObject | undefined;
	return node?.status.ready.status === "Unknown" ? node.status.ready.sinceUs : null;
}

/** A new instance; `onlyNode`: where its reserved resources are, "" for anywhere. */
export function draftOf(app: App, suffix: string, onlyNode: string): Draft {
	const { name } = app.metadata;
	const template = templateOf(app);
	const spec = onlyNode === "" ? template : pinned(template, onlyNode);
	return {
		kind: "Pod",
		metadata: {
			namespace: "default",
			name: `${name.slice(1).replaceAll("/", "_")}.${suffix}`,
			labels: template.metadata!.labels!,
			annotations: template.metadata!.annotations!,
			owner: ownerReferenceTo(app),
		},
		spec: { template: spec, onlyNode, nodeName: "" },
		status: NEW_POD,
	};
}

/** The same for all instances of a version. */
function templateOf(app: App): PodTemplate {
	const { metadata, spec, status } = app;
	const key = `${metadata.name}@${status.version}`;
	const known = templates.get(spec);
	if (known?.key === key) return known.template;
	const rules = constraintsOf(spec);
	const template: PodTemplate = {
		metadata: {
			labels: { ...spec.labels, [APP]: metadata.name, [VERSION]: String(status.version) },
			annotations: {
				...behaviour(behaviourOf(metadata.annotations), spec),
				...(rules.length > 0 && { "cellsim.io/constraints": writeConstraints({ group: key, rules }) }),
			},
		},
		spec: {
			schedulerName: MARATHON,
			terminationGracePeriodSeconds: Math.ceil(graceUs(spec) / SECOND),
			containers: [
				{
					name: metadata.name.split("/").at(-1)!,
					...(spec.container?.docker && { image: spec.container.docker.image }),
					resources: { requests: { cpu: `${Math.round(spec.cpus * 1000)}m`, memory: `${spec.mem}Mi` } },
				},
			],
		},
	};
	templates.set(spec, { key, template });
	return template;
}

const templates = new WeakMap<AppSpec, { readonly key: string; readonly template: PodTemplate }>();

/** A process that takes longer over leaving than its grace is killed. */
function behaviour(texts: Texts, spec: AppSpec): Texts {
	const stop = texts["cellsim.io/stop-after"];
	if (stop === undefined) return texts;
	return { ...texts, "cellsim.io/stop-after": formatDuration(Math.min(parseDuration(stop), graceUs(spec))) };
}

/** docker stop has no time by itself (docker_stop_timeout 0 s). */
function graceUs({ taskKillGracePeriodSeconds, container }: AppSpec): SimTime {
	if (taskKillGracePeriodSeconds !== null) return Math.round(taskKillGracePeriodSeconds * SECOND);
	return container?.docker ? 0 : KILL_GRACE_US;
}

function pinned(template: PodTemplate, node: string): PodTemplate {
	const term = { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] };
	const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
	return { ...template, spec: { ...template.spec, affinity: { nodeAffinity: required } } };
}
