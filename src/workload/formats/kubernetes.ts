/**
 * kubernetes: manifests as `kubectl get -o json` or `-o yaml` prints them, or as people write them. Nodes become the cluster,
 * pods the workload: every Pod object arrives on its own, when it was created; or, with `placement: bound`, the cell begins as the
 * snapshot shows it.
 *
 * Divergence from Kubernetes: a snapshot tells how long a pod ran only for pods that have finished, and only of the last run of
 * each container; all others run for `durations.running`. Nothing creates pods from Deployments and their like; they are counted.
 * Of pods that are there from the start it is forgotten when they started: to preemption, all of them are equally old.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Definition } from "../../objects/definition.js";
import { runTimeLeaf } from "../../objects/distribution-schema.js";
import { formatDuration } from "../../objects/duration.js";
import { InputError } from "../../objects/input-error.js";
import { isFinished, type PodRecord } from "../../objects/pod.js";
import type { PodSpec } from "../../objects/spec.js";
import type { ImportReport, JobArrival, OpenedTrace, RunningJob } from "../arrivals.js";
import { inputPath, unreadable } from "../inputs.js";
import { BATCH_JOBS } from "../merge.js";
import { readSnapshot, type Snapshot, type SnapshotPod } from "./kubernetes-snapshot.js";

/** Parameters of the kubernetes format; paths are relative to the file that names them. */
export const kubernetesParams = z.strictObject({
	path: z
		.union([z.string(), z.array(z.string()).min(1)], { error: "expected a path, or a list of paths" })
		.describe("files, or folders whose .json, .yaml and .yml files are read, subfolders included, in order of name"),
	durations: z
		.strictObject({
			running: runTimeLeaf
				.prefault("forever")
				.describe("run time of pods that have not finished in the snapshot: a duration such as 2h, or forever"),
		})
		.prefault({})
		.describe("run times that a snapshot does not tell"),
	placement: z
		.enum(["free", "pinned", "bound"])
		.default("free")
		.describe(
			"pods with spec.nodeName; free: the scheduler chooses; pinned: no other node will do; bound: they are there when the run begins, the other pods arrive at 0, and pods that have ended are left out",
		),
});

export type KubernetesParams = z.output<typeof kubernetesParams>;

/** The trace format `kubernetes`. */
export const kubernetesFormat: Definition<KubernetesParams, OpenedTrace, { readonly baseDirs: readonly string[] }> = {
	name: "kubernetes",
	summary: "Kubernetes manifests: Node and Pod objects, lists as kubectl get prints them, JSON or YAML",
	params: kubernetesParams,
	create: (params, { baseDirs }) => {
		const paths = typeof params.path === "string" ? [params.path] : params.path;
		const files = [...new Set(paths.flatMap((path) => filesAt(inputPath(path, baseDirs))))];
		// Once is enough: a snapshot does not change between two readings.
		let snapshot: Snapshot | null = null;
		const read = () => (snapshot ??= readSnapshot(files));
		return {
			files,
			nodes: async () => read().nodes,
			objects: () => read().objects,
			running: (report) => runningJobs(read(), params, report),
			*jobs(report) {
				yield* batches(read(), params, report);
			},
		};
	},
};

const MANIFEST_FILE = /\.(json|ya?ml)$/i;

/** A file itself, or the manifests below a folder. Throws InputError for what is not there. */
function filesAt(path: string): readonly string[] {
	try {
		if (!statSync(path).isDirectory()) return [path];
		const names = readdirSync(path, { recursive: true, encoding: "utf8" });
		const files = names.filter((name) => MANIFEST_FILE.test(name)).map((name) => join(path, name));
		if (files.length > 0) return files.sort();
	} catch (error) {
		throw unreadable(path, error);
	}
	throw new InputError(`'${path}' holds no .json, .yaml or .yml file: name another folder, or a file`);
}

/** One job a pod, in order of creation, then of the files. Time counts from the first creation. */
function* batches(
	snapshot: Snapshot,
	params: KubernetesParams,
	report: ImportReport,
): Generator<readonly JobArrival[]> {
	noteIgnored(snapshot, report);
	const originUs = params.placement === "bound" ? null : firstCreation(snapshot);
	const jobs = snapshot.pods.flatMap((pod) => {
		const { file, record } = pod;
		if (params.placement === "bound" && isFinished(record)) {
			const example = `${file}: ${record.namespace}/${record.name}`;
			report.count(file, "finished in the snapshot (placement: bound)", "dropped", example);
			return [];
		}
		if (isRunning(pod, params)) return [];
		notePod(file, record, params, report);
		return [jobOf(record, originUs, params)];
	});
	// Stable: pods of one instant keep their order.
	jobs.sort((a, b) => a.timeUs - b.timeUs);
	for (let start = 0; start < jobs.length; start += BATCH_JOBS) yield jobs.slice(start, start + BATCH_JOBS);
}

function firstCreation({ pods }: Snapshot): number {
	return pods.reduce((earliest, { record }) => Math.min(earliest, record.createdAtUs ?? Infinity), Infinity);
}

/** The pods that have a node, in order of creation, then of the files. */
function runningJobs({ pods }: Snapshot, params: KubernetesParams, report: ImportReport): readonly RunningJob[] {
	const running = pods.filter((pod) => isRunning(pod, params));
	const createdUs = ({ record }: SnapshotPod) => record.createdAtUs ?? 0;
	running.sort((a, b) => createdUs(a) - createdUs(b));
	return running.map(({ file, record, nodePosition }) => {
		notePod(file, record, params, report);
		return { job: jobOf(record, null, params), nodes: [record.spec.facts.nodeName!], position: nodePosition };
	});
}

function isRunning({ record }: SnapshotPod, { placement }: KubernetesParams): boolean {
	return placement === "bound" && record.spec.facts.nodeName !== null && !isFinished(record);
}

/** Times count from `originUs`, or, if it is null, do not count: the job is there from the start. */
function jobOf(record: PodRecord, originUs: number | null, params: KubernetesParams): JobArrival {
	const name = `${record.namespace}/${record.name}`;
	const ranUs = observedRunUs(record);
	const finished = isFinished(record);
	return {
		timeUs: record.createdAtUs === null || originUs === null ? 0 : record.createdAtUs - originUs,
		name,
		gang: false,
		pods: [
			{
				name,
				spec: params.placement === "pinned" ? record.spec : unbound(record.spec),
				durationUs: finished ? (ranUs ?? 0) : params.durations.running,
				exit: record.phase === "Failed" ? "failed" : "succeeded",
				cpuUsageFraction: 1,
				memoryUsageFraction: 1,
				observedStartUs:
					record.acknowledgedAtUs === null || record.createdAtUs === null || originUs === null
						? Number.NaN
						: record.acknowledgedAtUs - originUs,
				// A manifest without a phase comes from no snapshot, which could have cut a life off.
				censored: finished ? ranUs === null : record.phase !== null,
			},
		],
	};
}

/** From the first start to the last end of its containers; null when the snapshot does not tell. */
function observedRunUs({ startedAtUs, finishedAtUs }: PodRecord): number | null {
	return startedAtUs === null || finishedAtUs === null ? null : Math.max(0, finishedAtUs - startedAtUs);
}

function unbound(spec: PodSpec): PodSpec {
	return spec.facts.nodeName === null ? spec : { ...spec, facts: { ...spec.facts, nodeName: null } };
}

function noteIgnored({ ignored, objects }: Snapshot, report: ImportReport): void {
	for (const { file, kind, name } of ignored) report.count(file, `${kind}: not simulated`, "noted", `${file}: ${name}`);
	for (const { file, object, name } of objects)
		report.count(file, `${object.kind}: only kube-scheduler looks at it`, "noted", `${file}: ${name}`);
}

function notePod(file: string, record: PodRecord, params: KubernetesParams, report: ImportReport): void {
	const example = `${file}: ${record.namespace}/${record.name}`;
	if (record.createdAtUs === null && params.placement !== "bound")
		report.count(file, "pod without creationTimestamp: arrives at 0", "repaired", example);
	if (isFinished(record) && observedRunUs(record) === null) {
		report.count(file, "finished pod without times of its containers: runs 0 s", "repaired", example);
	}
	if (!isFinished(record)) {
		const { running } = params.durations;
		const how = running === Infinity ? "runs for ever" : `runs ${formatDuration(running)}`;
		report.count(file, `not finished in the snapshot: ${how} (durations.running)`, "noted", example);
	}
	if (params.placement === "free" && record.spec.facts.nodeName !== null) {
		report.count(file, "bound in the snapshot: placed anew (placement: free)", "noted", example);
	}
	report.unmodelled(file, record.unmodelled, example);
}
