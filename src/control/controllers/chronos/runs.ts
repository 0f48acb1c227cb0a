/** Runs of Chronos' jobs: pods with the name of their job and the number of the attempt. */
import { writeConstraints } from "../../../objects/attribute-constraints.js";
import { type Draft, ownerReferenceTo, type Texts } from "../../api-object.js";
import type { ChronosJob, ChronosJobSpec } from "../../kinds/chronos/job.js";
import { behaviourOf } from "../../kinds/marathon/app.js";
import { NEW_POD, type PodTemplate } from "../../pod.js";

export const JOB = "chronos/job";
export const ATTEMPT = "chronos/attempt";
/** The framework, and the scheduler of its runs. */
export const CHRONOS = "chronos";

/** `attempt`: 0 for the first; `run`: which run of the job it is. */
export function runOf(job: ChronosJob, attempt: number, run: number): Draft {
	const { name } = job.metadata;
	const template = templateOf(job);
	return {
		kind: "Pod",
		metadata: {
			namespace: "default",
			name: `ct-${name}-${run}-${attempt}`,
			labels: { [JOB]: name, [ATTEMPT]: String(attempt) },
			annotations: template.metadata!.annotations!,
			owner: ownerReferenceTo(job),
		},
		spec: { template, onlyNode: "", nodeName: "" },
		status: NEW_POD,
	};
}

function templateOf(job: ChronosJob): PodTemplate {
	const { metadata, spec } = job;
	const known = templates.get(spec);
	if (known !== undefined) return known;
	const { cpus, mem, container, highPriority } = spec;
	const template: PodTemplate = {
		metadata: {
			labels: { [JOB]: metadata.name },
			annotations: { ...behaviourOf(metadata.annotations), ...constraintsOf(job) },
		},
		spec: {
			schedulerName: CHRONOS,
			restartPolicy: "Never",
			priority: highPriority ? 1 : 0,
			containers: [
				{
					name: "run",
					...(container !== null && { image: container["image"] }),
					resources: { requests: { cpu: `${Math.round(cpus * 1000)}m`, memory: `${mem}Mi` } },
				},
			],
		},
	};
	templates.set(spec, template);
	return template;
}

const templates = new WeakMap<ChronosJobSpec, PodTemplate>();

/** As schedulers read them. Of one group are the runs of a job, which count for nothing here. */
function constraintsOf({ metadata, spec }: ChronosJob): Texts {
	if (spec.constraints.length === 0) return {};
	const rules = spec.constraints.map(([field, operator, value]) => ({
		field,
		operator: operator === "EQUALS" ? ("IS" as const) : operator,
		value,
	}));
	return { "cellsim.io/constraints": writeConstraints({ group: `chronos/${metadata.name}`, rules }) };
}
