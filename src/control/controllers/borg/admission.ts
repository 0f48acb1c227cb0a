/**
 * Takes what users write in. Quota is an amount of each resource at a priority, and is looked at when a job is submitted, not when it is
 * scheduled: a job beyond it is turned away at once. At priority zero nobody's quota ends (Borg paper, section 2.5). A job is charged
 * for its tasks from when it is taken in until it is cancelled.
 *
 * Divergence from Borg: quotas hold for ever, a configuration that is pushed is checked when it is pushed, and those that an undo goes back to are
 * not. All of best-effort has infinite quota.
 */
import { bandOf, type PriorityBand } from "../../../objects/priority-band.js";
import { formatQuantity } from "../../../objects/quantity.js";
import type { ResourceList } from "../../../objects/resources.js";
import { keyOf } from "../../api-object.js";
import type { ApiServer } from "../../api-server.js";
import type { ApiFront } from "../../control-plane.js";
import { type BorgJob, configurationOf, priorityOf } from "../../kinds/borg/job.js";
import { podSpecOf } from "../../kinds/pod-template.js";
import { templateOf } from "./tasks.js";

export interface BorgQuota {
	/** The namespace of the jobs. */
	readonly user: string;
	readonly band: PriorityBand;
	/** Canonical units. */
	readonly resources: ResourceList;
}

/** What a user asks for. */
type Asking = Pick<BorgJob, "spec"> & { readonly metadata: Pick<BorgJob["metadata"], "namespace" | "name"> };

/** `quotas`: those of one user and band add up; null if all is taken in. */
export function borgAdmission(quotas: readonly BorgQuota[] | null): (server: ApiServer) => ApiFront {
	return (server) => {
		const refusalOf = (kind: string, asking: unknown) =>
			quotas === null || kind !== "BorgJob" ? null : problemOf(server, quotas, asking as Asking);
		const refused = (message: string) => ({ ok: false, error: { code: 403, message } }) as const;
		return {
			create: (draft) => {
				const refusal = refusalOf(draft.kind, draft);
				return refusal === null ? server.create(draft) : refused(refusal);
			},
			replace: ({ kind }, changed) => {
				const refusal = refusalOf(kind, changed);
				return refusal === null ? server.patch(kind, keyOf(changed), () => changed) : refused(refusal);
			},
			delete: (kind, key, options) => server.delete(kind, key, options),
		};
	};
}

/** Why a job is turned away; null if it is not. */
function problemOf(server: ApiServer, quotas: readonly BorgQuota[], asking: Asking): string | null {
	const { namespace: user } = asking.metadata;
	const band = bandOfJob(asking);
	if (band === "best-effort") return null;
	const mine = quotas.filter((quota) => quota.user === user && quota.band === band);
	if (mine.length === 0) return `user '${user}' has no ${band} quota`;
	const jobs = ([...server.list("BorgJob")] as BorgJob[]).filter(
		(job) => job.metadata.namespace === user && keyOf(job) !== keyOf(asking) && bandOfJob(job) === band,
	);
	for (const resource of new Set(mine.flatMap(({ resources }) => Object.keys(resources)))) {
		const limit = mine.reduce((sum, { resources }) => sum + (resources[resource] ?? 0), 0);
		const left = Math.max(0, limit - jobs.reduce((sum, job) => sum + chargeOf(job, resource), 0));
		const amount = chargeOf(asking, resource);
		if (amount <= left) continue;
		const [asks, free, whole] = [amount, left, limit].map((value) => formatQuantity(value, resource));
		return `beyond the ${band} quota of user '${user}': it asks for ${resource} ${asks}, and ${free} of ${whole} is left`;
	}
	return null;
}

function bandOfJob({ spec }: Asking): PriorityBand {
	return bandOf(priorityOf(spec));
}

function chargeOf({ metadata: { namespace, name }, spec }: Asking, resource: string): number {
	const template = templateOf(configurationOf(spec), name);
	return spec.replicas * (podSpecOf(template, namespace, []).requests[resource] ?? 0);
}
