/**
 * Counts what ResourceQuotas are used for: new pods are charged when they are admitted, and what is given back is found here. Source:
 * pkg/controller/resourcequota.
 */
import { MINUTE, type SimTime } from "../../engine/time.js";
import { keyOf } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	type Sync,
	update,
} from "../controller.js";
import type { ResourceQuota } from "../kinds/resource-quota.js";
import { isTerminal, type Pod } from "../pod.js";
import { quotaAmounts, totalUsage } from "../quota-usage.js";

/** --resource-quota-sync-period of kube-controller-manager: each quota is counted again so often. */
const RESYNC_US: SimTime = 5 * MINUTE;

export const resourceQuotaController: MakeController = (context) => new ResourceQuotaController(context);

class ResourceQuotaController implements Controller {
	readonly name = "resourcequota-controller";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		ResourceQuota: ({ key, before, after }) => {
			if (after !== null && before?.spec !== after.spec) this.#context.enqueue(key);
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
		if (was === null || isTerminal(was.status.phase)) return;
		if (is !== null && !isTerminal(is.status.phase)) return;
		for (const quota of this.#context.seen.all("ResourceQuota").values())
			if (quota.metadata.namespace === was.metadata.namespace) this.#context.enqueue(keyOf(quota));
	}

	*reconcile(key: string): Sync {
		const quota = this.#context.seen.get("ResourceQuota", key) as ResourceQuota | undefined;
		if (quota === undefined) return;
		const hard = quotaAmounts(quota.spec.hard);
		const pods = this.#context.seen.all("Pod").values() as IterableIterator<Pod>;
		const status = { hard, used: totalUsage(pods, quota.metadata.namespace, Object.keys(hard)) };
		if (JSON.stringify(status) !== JSON.stringify(quota.status)) granted(yield* update({ ...quota, status }));
		this.#context.enqueueAfter(key, RESYNC_US);
	}
}
