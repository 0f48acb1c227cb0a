/** Chronos' REST API: a job must have parents that are there, and no circle of them. Source: Chronos, JobManagementResource, JobGraph.scala. */
import type { ApiObject, Draft } from "../../api-object.js";
import { keyOf } from "../../api-object.js";
import type { ApiError, ApiResult, ApiServer } from "../../api-server.js";
import type { ApiFront } from "../../control-plane.js";
import type { ChronosJob, ChronosJobSpec } from "../../kinds/chronos/job.js";

export function chronosApi(server: ApiServer): ApiFront {
	const checked = (kind: string, name: string, spec: unknown, store: () => ApiResult): ApiResult => {
		const error = kind === "Job" ? problemOf(server, name, spec as ChronosJobSpec) : null;
		return error === null ? store() : { ok: false, error };
	};
	return {
		create: (draft: Draft) => checked(draft.kind, draft.metadata.name, draft.spec, () => server.create(draft)),
		replace: ({ kind, metadata }: ApiObject, changed: ApiObject) =>
			checked(kind, metadata.name, changed.spec, () => server.patch(kind, keyOf(changed), () => changed)),
		delete: (kind, key, options) => server.delete(kind, key, options),
	};
}

function problemOf(server: ApiServer, name: string, { parents }: ChronosJobSpec): ApiError | null {
	const jobs = new Map(
		[...(server.list("Job") as Iterable<ChronosJob>)].map((job) => [job.metadata.name, job.spec.parents]),
	);
	jobs.set(name, parents);
	const unknown = parents.find((parent) => !jobs.has(parent));
	if (unknown !== undefined) return { code: 422, message: `Job ${name}: the parent '${unknown}' is not there` };
	const seen = new Set<string>();
	const reaches = (from: string): boolean => {
		if (from === name) return true;
		if (seen.has(from)) return false;
		seen.add(from);
		return (jobs.get(from) ?? []).some(reaches);
	};
	if (!parents.some(reaches)) return null;
	return { code: 422, message: `Job ${name}: its parents [${parents.join(", ")}] would be a circle of dependencies` };
}
