/** Objects of the API server as controllers have seen them: what a test of a rule needs, the rest as usual. */
import type { ApiObject, Metadata } from "../../src/control/api-object.js";
import { INDEX, INDEX_FAILURES } from "../../src/control/controllers/job/indexes.js";
import { type Job, type JobSpec, type JobStatus, jobKind, TRACKING } from "../../src/control/kinds/job.js";
import type { AnyKind } from "../../src/control/kinds/kind.js";
import { NEW_POD, type Pod, type PodObjectStatus } from "../../src/control/pod.js";
import type { SimTime } from "../../src/engine/time.js";

export const TEMPLATE = {
	metadata: { labels: { app: "web" } },
	spec: { containers: [{ name: "main", image: "main:1" }] },
};
export const SELECTOR = { matchLabels: { app: "web" } };
export const JOB_TEMPLATE = { spec: { ...TEMPLATE.spec, restartPolicy: "Never" } };

/** A Deployment `web` that replaces one pod at a time, with one more meanwhile, as `kubectl run` of 1.4 made it. */
export const oneByOne = (replicas: number, image: string) => ({
	kind: "Deployment",
	metadata: { name: "web" },
	spec: {
		replicas,
		selector: SELECTOR,
		template: { ...TEMPLATE, spec: { containers: [{ name: "web", image }] } },
		strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
	},
});

export interface PodOptions
	extends Partial<Pick<PodObjectStatus, "phase" | "ready" | "readyUs" | "finishedUs" | "exitCode" | "disruption">> {
	readonly name?: string;
	readonly uid: number;
	readonly node?: string;
	readonly labels?: Metadata["labels"];
	readonly createdUs?: SimTime;
	/** On its way out since then. */
	readonly deletedUs?: SimTime;
	/** Of an Indexed Job. */
	readonly index?: number;
	readonly failures?: number;
	/** Whether it has the finalizer of Jobs; it has one. */
	readonly tracked?: boolean;
}

export function apiPod(options: PodOptions): Pod {
	const { uid, name = `p-${uid}`, node = "", index, failures, tracked = true, deletedUs = null } = options;
	const { phase = "Running", ready = false, readyUs = Number.NaN, finishedUs = Number.NaN } = options;
	const { exitCode = Number.NaN, disruption = "" } = options;
	const annotations = {
		...(index !== undefined && { [INDEX]: String(index) }),
		...(failures !== undefined && { [INDEX_FAILURES]: String(failures) }),
	};
	const { labels = {}, createdUs = 0 } = options;
	const finalizers = tracked ? [TRACKING] : [];
	return {
		kind: "Pod",
		metadata: { ...metadata(name, uid), createdUs, deletedUs, labels, annotations, finalizers },
		spec: { template: TEMPLATE, onlyNode: "", nodeName: node },
		status: { ...NEW_POD, phase, ready, readyUs, finishedUs, exitCode, disruption },
	};
}

export function apiJob(spec: object = {}, status: Partial<JobStatus> = {}): Job {
	const full = jobKind.spec.parse({ template: JOB_TEMPLATE, ...spec }) as JobSpec;
	return { kind: "Job", metadata: metadata("j", 1), spec: full, status: { ...jobKind.status, ...status } };
}

/** An object of a kind as it is when its manifest has been accepted. */
export function apiObject<Object extends ApiObject>(kind: AnyKind, name: string, spec: object): Object {
	return { kind: kind.kind, metadata: metadata(name, 1), spec: kind.spec.parse(spec), status: kind.status } as Object;
}

function metadata(name: string, uid: number): Metadata {
	return {
		namespace: "default",
		name,
		uid,
		resourceVersion: uid,
		generation: 1,
		createdUs: 0,
		deletedUs: null,
		finalizers: [],
		labels: {},
		annotations: {},
		owner: null,
	};
}
