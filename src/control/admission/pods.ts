/** What the API server does to a new pod before it is stored, in this order. */
import { formatQuantity } from "../../objects/quantity.js";
import type { Admission, ApiServer } from "../api-server.js";
import type { PodObjectSpec, PodTemplate } from "../pod.js";
import { limitRangeDefaults, limitRangeLimits } from "./limit-range.js";
import { containersOf, withResources } from "./pod-resources.js";
import { resourceQuotaAdmission } from "./resource-quota.js";

export function podAdmissions(server: ApiServer): readonly Admission[] {
	return [
		requestsFromLimits,
		limitRangeDefaults(server),
		requestsWithinLimits,
		limitRangeLimits(server),
		resourceQuotaAdmission(server),
	];
}

/** A container asks for what it is limited to, unless it says otherwise. */
const requestsFromLimits: Admission = (draft) => {
	if (draft.kind !== "Pod") return draft;
	const spec = draft.spec as PodObjectSpec;
	let template = filled.get(spec.template);
	if (template === undefined) {
		template = withResources(spec.template, (written) =>
			Object.keys(written.limits).every((resource) => resource in written.requests)
				? written
				: { ...written, requests: { ...written.limits, ...written.requests } },
		);
		filled.set(spec.template, template);
	}
	return template === spec.template ? draft : { ...draft, spec: { ...spec, template } };
};

const filled = new WeakMap<PodTemplate, PodTemplate>();

/** A request above its limit is no valid pod. */
const requestsWithinLimits: Admission = (draft) => {
	if (draft.kind !== "Pod") return draft;
	const problems = containersOf((draft.spec as PodObjectSpec).template).flatMap(({ path, requests, limits }) =>
		Object.entries(requests)
			.filter(([resource, request]) => request > (limits[resource] ?? Number.POSITIVE_INFINITY))
			.map(([resource, request]) => {
				const limit = formatQuantity(limits[resource]!, resource);
				return `${path}.resources.requests: Invalid value: "${formatQuantity(request, resource)}": must be less than or equal to ${resource} limit of ${limit}`;
			}),
	);
	if (problems.length === 0) return draft;
	const list = problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`;
	return { code: 422, message: `Pod "${draft.metadata.name}" is invalid: ${list}` };
};
