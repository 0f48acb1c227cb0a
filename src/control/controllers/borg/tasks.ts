/** The tasks of a job: pods, each with its number, made from a configuration that stands in an annotation. */
import { SECOND } from "../../../engine/time.js";
import { parseDuration } from "../../../objects/duration.js";
import { type Draft, ownerReferenceTo } from "../../api-object.js";
import { type BorgConfiguration, type BorgJob, priorityOf, taskTextOf } from "../../kinds/borg/job.js";
import { NEW_POD, type Pod, type PodTemplate } from "../../pod.js";

/** The job of a task; schedulers spread by it. */
export const JOB_LABEL = "borg/job";
const INDEX_LABEL = "borg/task";
const CONFIGURATION = "borg/configuration";

export function indexOf({ metadata }: Pod): number {
	return Number(metadata.labels[INDEX_LABEL]);
}

/** What a task runs, as text (`taskTextOf`). */
export function textOf({ metadata }: Pod): string {
	return metadata.annotations[CONFIGURATION]!;
}

/** The configuration that such a text is of. */
export function writtenIn(text: string): Pick<BorgConfiguration, "image" | "behaviour"> {
	return JSON.parse(text);
}

/** A new task, not on machines on which it has crashed. `suffix` tells apart those that have one number one after the other. */
export function taskOf(
	job: BorgJob,
	configuration: BorgConfiguration,
	index: number,
	{ suffix, barred }: { readonly suffix: string; readonly barred: ReadonlySet<string> },
): Draft {
	const { name, namespace } = job.metadata;
	const template = templateOf(configuration, name);
	return {
		kind: "Pod",
		metadata: {
			namespace,
			name: `${name}-${index}-${suffix}`,
			labels: { [JOB_LABEL]: name, [INDEX_LABEL]: String(index) },
			annotations: annotationsOf(configuration),
			owner: ownerReferenceTo(job),
		},
		spec: { template: barred.size === 0 ? template : without(template, barred), onlyNode: "", nodeName: "" },
		status: NEW_POD,
	};
}

/** A running task as it is when it is changed where it is. */
export function changed(task: Pod, configuration: BorgConfiguration): Pod {
	const template = templateOf(configuration, task.metadata.labels[JOB_LABEL]!);
	const annotations = annotationsOf(configuration);
	return { ...task, metadata: { ...task.metadata, annotations }, spec: { ...task.spec, template } };
}

function annotationsOf(configuration: BorgConfiguration) {
	return { ...configuration.behaviour, [CONFIGURATION]: taskTextOf(configuration) };
}

/** Tasks of one configuration share it. */
export function templateOf(configuration: BorgConfiguration, job: string): PodTemplate {
	let template = templates.get(configuration);
	if (template === undefined) {
		template = templateMadeOf(configuration, job);
		templates.set(configuration, template);
	}
	return template;
}

const templates = new WeakMap<BorgConfiguration, PodTemplate>();

/** A task that has ended is restarted by the Borgmaster, which looks for a machine anew. */
function templateMadeOf(configuration: BorgConfiguration, job: string): PodTemplate {
	const { image, requests, limits, notice } = configuration;
	const affinity = affinityOf(configuration);
	return {
		metadata: { labels: { [JOB_LABEL]: job } },
		spec: {
			containers: [{ name: "task", image, resources: { requests, limits } }],
			restartPolicy: "Never",
			priority: priorityOf(configuration),
			terminationGracePeriodSeconds: Math.ceil(parseDuration(notice) / SECOND),
			...(affinity && { affinity: { nodeAffinity: affinity } }),
		},
	};
}

interface NodeAffinity {
	readonly requiredDuringSchedulingIgnoredDuringExecution?: {
		readonly nodeSelectorTerms: readonly Readonly<Record<string, readonly object[]>>[];
	};
	readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly object[];
}

/** Null without constraints. */
function affinityOf({ constraints }: BorgConfiguration): NodeAffinity | null {
	if (constraints.length === 0) return null;
	const expression = ({ label, operator, value }: (typeof constraints)[number]) => ({
		key: label,
		operator: operator === "==" ? "In" : "NotIn",
		values: [value],
	});
	const hard = constraints.filter(({ soft }) => !soft).map(expression);
	const soft = constraints.filter((constraint) => constraint.soft);
	return {
		...(hard.length > 0 && {
			requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: hard }] },
		}),
		...(soft.length > 0 && {
			preferredDuringSchedulingIgnoredDuringExecution: soft.map((constraint) => ({
				weight: 1,
				preference: { matchExpressions: [expression(constraint)] },
			})),
		}),
	};
}

function without({ metadata, spec }: PodTemplate, barred: ReadonlySet<string>): PodTemplate {
	const { nodeAffinity = {} } = (spec["affinity"] ?? {}) as { readonly nodeAffinity?: NodeAffinity };
	const [term] = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
	const matchFields = [{ key: "metadata.name", operator: "NotIn", values: [...barred].sort() }];
	const required = { nodeSelectorTerms: [{ ...term, matchFields }] };
	const affinity = {
		nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required },
	};
	return { ...(metadata && { metadata }), spec: { ...spec, affinity } };
}
