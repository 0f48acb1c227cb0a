/**
 * Counts what ResourceQuotas are used for: what is new is charged when it is admitted, and what is given back is found here. Source:
 * pkg/controller/resourcequota.
 */
import { MINUTE, type SimTime } from "../../engine/time.js";
import { type ApiObject, keyOf } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	type Sync,
	update,
} from "../controller.js";
import type { QuotaAmounts, ResourceQuota } from "../kinds/resource-quota.js";
import { isTerminal, type Pod } from "../pod.js";
import { countedAs, countedKinds, kindCounted } from "../quota-objects.js";
import { covers } from "../quota-scopes.js";
import { quotaAmounts, totalUsage } from "../quota-usage.js";

/** --resource-quota-sync-period of kube-controller-manager: each quota is counted again so often. */
const RESYNC_US: SimTime = 5 * MINUTE;

export const resourceQuotaController: MakeController = (context) => new ResourceQuotaController(context);

class ResourceQuotaController implements Controller {
	readonly name = "resourcequota-controller";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		...Object.fromEntries(countedKinds.map(({ kind }) => [kind, (change: ApiChange) => this.#objectChanged(change)])),
		ResourceQuota: (change) => {
			const { key, before, after } = change;
			if (after !== null && before?.spec !== after.spec) this.#context.enqueue(key);
			this.#objectChanged(change);
		},
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	/** Only what gives something back: a pod that is gone, or has ended. */
	#podChanged({ before, after }: ApiChange): void {
		const [was, is] = [before as Pod | null, after as Pod | null];
		if (was === null) return;
		if (is !== null && (isTerminal(was.status.phase) || !isTerminal(is.status.phase))) return;
		for (const quota of this.#context.seen.all("ResourceQuota").values())
			if (quota.metadata.namespace === was.metadata.namespace) this.#context.enqueue(keyOf(quota));
	}

	/** One that is gone is given back where its like are counted. */
	#objectChanged({ kind, before, after }: ApiChange): void {
		if (after !== null) return;
		const resources = countedAs(kind);
		for (const quota of this.#context.seen.all("ResourceQuota").values()) {
			const { hard } = (quota as ResourceQuota).spec;
			if (quota.metadata.namespace === before!.metadata.namespace && resources.some((resource) => resource in hard))
				this.#context.enqueue(keyOf(quota));
		}
	}

	#used({ metadata: { namespace }, spec }: ResourceQuota, hard: QuotaAmounts): QuotaAmounts {
		const inNamespace = (object: ApiObject) => object.metadata.namespace === namespace;
		const pods = ([...this.#context.seen.all("Pod").values()] as Pod[]).filter(
			(pod) => inNamespace(pod) && covers(spec, pod.spec.template),
		);
		const ofPods = totalUsage(pods, Object.keys(hard));
		const counts = Object.keys(hard).map((resource) => {
			const kind = kindCounted(resource);
			const amount =
				kind === undefined ? ofPods[resource]! : [...this.#context.seen.all(kind).values()].filter(inNamespace).length;
			return [resource, amount];
		});
		return Object.fromEntries(counts);
	}

	*reconcile(key: string): Sync {
		const quota = this.#context.seen.get("ResourceQuota", key) as ResourceQuota | undefined;
		if (quota === undefined) return;
		const hard = quotaAmounts(quota.spec.hard);
		const status = { hard, used: this.#used(quota, hard) };
		if (JSON.stringify(status) !== JSON.stringify(quota.status)) granted(yield* update({ ...quota, status }));
		this.#context.enqueueAfter(key, RESYNC_US);
	}
}
