/** The pods that a Job makes. Source: pkg/controller/job (job_controller.go, indexed_job_utils.go). */
import { type Draft, ownerReferenceTo, type Texts } from "../../api-object.js";
import { type Job, TRACKING } from "../../kinds/job.js";
import { labelsOf } from "../../kinds/pod-template.js";
import { NEW_POD, type Pod } from "../../pod.js";
import { judge } from "./failure-policy.js";
import { failuresBefore, INDEX, INDEX_FAILURES, INDEX_IGNORED, ignoredBefore } from "./indexes.js";

/** A pod of a Job; of an Indexed one for `index`, in the place of the failed one, if there is one, that `awaited` has for it. */
export function podDraft(job: Job, suffix: string, index: number | null, awaited: ReadonlyMap<number, Pod>): Draft {
	const { template, backoffLimitPerIndex } = job.spec;
	const { namespace, name, uid } = job.metadata;
	const failed = index === null ? undefined : awaited.get(index);
	const counts = failed === undefined ? NO_ENDS : endsWith(job, failed);
	return {
		kind: "Pod",
		metadata: {
			namespace,
			name: index === null ? `${name}-${suffix}` : `${name}-${index}-${suffix}`,
			labels: {
				...labelsOf(template),
				"batch.kubernetes.io/controller-uid": String(uid),
				"batch.kubernetes.io/job-name": name,
				...(index !== null && { [INDEX]: String(index) }),
			},
			annotations: {
				...template.metadata?.annotations,
				...(index !== null && { [INDEX]: String(index) }),
				...(index !== null && backoffLimitPerIndex !== null && counts),
			},
			finalizers: [TRACKING],
			owner: ownerReferenceTo(job),
		},
		spec: { template, onlyNode: "", nodeName: "" },
		status: NEW_POD,
	};
}

/** A pod without the finalizer: it is counted, or never will be. */
export function untracked(object: Pod): Pod {
	const finalizers = object.metadata.finalizers.filter((finalizer) => finalizer !== TRACKING);
	return { ...object, metadata: { ...object.metadata, finalizers } };
}

const NO_ENDS = { [INDEX_FAILURES]: "0" };

/** What is noted on a pod that takes the place of a failed one. */
function endsWith(job: Job, failed: Pod): Texts {
	const ignored = judge(job, failed).action === "Ignore";
	const ignoredEnds = ignoredBefore(failed) + (ignored ? 1 : 0);
	return {
		[INDEX_FAILURES]: String(failuresBefore(failed) + (ignored ? 0 : 1)),
		...(ignoredEnds > 0 && { [INDEX_IGNORED]: String(ignoredEnds) }),
	};
}
