/**
 * LimitRanges: what pods of a namespace get that say nothing themselves, and what they may ask for. Source:
 * plugin/pkg/admission/limitranger/admission.go.
 */
import { formatQuantity, parseQuantity } from "../../objects/quantity.js";
import type { Admission, ApiServer } from "../api-server.js";
import type { LimitRange, LimitRangeItem } from "../kinds/limit-range.js";
import type { PodObjectSpec, PodTemplate } from "../pod.js";
import { type Amounts, amountsOf, containersOf, totalOf, withResources } from "./pod-resources.js";
import { forbidden } from "./resource-quota.js";

/** Fills in limits and requests. */
export function limitRangeDefaults(server: ApiServer): Admission {
	return (draft) => {
		if (draft.kind !== "Pod") return draft;
		const spec = draft.spec as PodObjectSpec;
		let { template } = spec;
		for (const range of rangesOf(server, draft.metadata.namespace)) template = filledBy(range, template);
		return template === spec.template ? draft : { ...draft, spec: { ...spec, template } };
	};
}

/** Refuses pods outside the limits, with all that is wrong in one message. */
export function limitRangeLimits(server: ApiServer): Admission {
	return (draft) => {
		if (draft.kind !== "Pod") return draft;
		for (const range of rangesOf(server, draft.metadata.namespace)) {
			const problems = range.spec.limits.flatMap((item) => problemsOf(item, (draft.spec as PodObjectSpec).template));
			const all = [...new Set(problems)];
			if (all.length > 0) return forbidden(draft, all.length === 1 ? all[0]! : `[${all.join(", ")}]`);
		}
		return draft;
	};
}

function rangesOf(server: ApiServer, namespace: string): readonly LimitRange[] {
	const ranges = [...server.list("LimitRange")] as LimitRange[];
	return ranges.filter(({ metadata }) => metadata.namespace === namespace);
}

/** Pods of one template share one that is filled in. */
function filledBy({ spec }: LimitRange, template: PodTemplate): PodTemplate {
	let byTemplate = filled.get(spec);
	if (byTemplate === undefined) {
		byTemplate = new WeakMap();
		filled.set(spec, byTemplate);
	}
	let known = byTemplate.get(template);
	if (known === undefined) {
		const items = spec.limits.filter(({ type }) => type === "Container");
		known = items.reduce(
			(result, item) =>
				withResources(result, ({ requests, limits }) => ({
					requests: { ...item.defaultRequest, ...requests },
					limits: { ...item.default, ...limits },
				})),
			template,
		);
		byTemplate.set(template, known);
	}
	return known;
}

const filled = new WeakMap<object, WeakMap<PodTemplate, PodTemplate>>();

/** Whose amounts are checked. */
interface Checked {
	readonly type: string;
	readonly requests: Amounts;
	readonly limits: Amounts;
}

function problemsOf(item: LimitRangeItem, template: PodTemplate): readonly string[] {
	const containers = containersOf(template);
	if (item.type === "Container")
		return containers.flatMap(({ requests, limits }) => problemsWith(item, { type: item.type, requests, limits }));
	if (item.type !== "Pod") return [];
	const requests = totalOf(containers, "requests");
	const limits = totalOf(containers, "limits");
	return problemsWith(item, { type: item.type, requests, limits });
}

function problemsWith({ min, max, maxLimitRequestRatio }: LimitRangeItem, checked: Checked): readonly string[] {
	return [
		...Object.entries(amountsOf(min)).map(([resource, amount]) => belowMin(resource, amount, checked)),
		...Object.entries(amountsOf(max)).map(([resource, amount]) => aboveMax(resource, amount, checked)),
		...Object.entries(maxLimitRequestRatio).map(([resource, ratio]) =>
			aboveRatio(resource, parseQuantity(ratio, "milli"), checked),
		),
	].filter((problem) => problem !== null);
}

function belowMin(resource: string, min: number, { type, requests, limits }: Checked): string | null {
	const what = `minimum ${resource} usage per ${type} is ${formatQuantity(min, resource)}`;
	const [request, limit] = [requests[resource], limits[resource]];
	if (request === undefined) return `${what}.  No request is specified`;
	if (request < min) return `${what}, but request is ${formatQuantity(request, resource)}`;
	if (limit !== undefined && limit < min) return `${what}, but limit is ${formatQuantity(limit, resource)}`;
	return null;
}

function aboveMax(resource: string, max: number, { type, requests, limits }: Checked): string | null {
	const what = `maximum ${resource} usage per ${type} is ${formatQuantity(max, resource)}`;
	const [request, limit] = [requests[resource], limits[resource]];
	if (limit === undefined) return `${what}.  No limit is specified`;
	if (limit > max) return `${what}, but limit is ${formatQuantity(limit, resource)}`;
	if (request !== undefined && request > max) return `${what}, but request is ${formatQuantity(request, resource)}`;
	return null;
}

function aboveRatio(resource: string, ratioMilli: number, { type, requests, limits }: Checked): string | null {
	const what = `${resource} max limit to request ratio per ${type} is ${formatQuantity(ratioMilli, "cpu")}`;
	const [request = 0, limit = 0] = [requests[resource], limits[resource]];
	if (request === 0) return `${what}, but no request is specified or request is 0`;
	if (limit === 0) return `${what}, but no limit is specified or limit is 0`;
	if (limit * 1000 <= ratioMilli * request) return null;
	return `${what}, but provided ratio is ${(limit / request).toFixed(6)}`;
}
