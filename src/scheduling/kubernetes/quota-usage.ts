/**
 * What the pods of each namespace with an ElasticQuota request together, of all that have a node, assumed ones included, and how
 * that compares with the quotas (pkg/capacityscheduling/elasticquota.go).
 */
import type { NodeColumns } from "../../cell/node-columns.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import type { ClusterObjects } from "../../objects/cluster-objects.js";
import type { ElasticQuota } from "../../objects/elastic-quota.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { ResourceList } from "../../objects/resources.js";
import { PlacedCensus } from "./placed-census.js";

type Quotas = ClusterObjects["quotas"];
type Amounts = Record<string, number>;

export class QuotaUsage {
	readonly #census = new PlacedCensus({
		restart: () => this.#used.clear(),
		moved: (pod, change) => this.#moved(pod, change),
	});
	readonly #used = new Map<string, Amounts>();
	#quotas: Quotas = new Map();

	/** Takes in what changed since the last call. */
	follow(nodes: NodeColumns, quotas: Quotas): void {
		this.#quotas = quotas;
		this.#census.follow(nodes);
	}

	/** As of now, to try things out on. */
	ledger(): QuotaLedger {
		return new QuotaLedger(this.#quotas, new Map([...this.#used].map(([name, used]) => [name, { ...used }])));
	}

	#moved({ podClass }: PlacedPod, change: 1 | -1): void {
		const { namespace } = podClass.spec.facts;
		if (this.#quotas.has(namespace)) add(usedBy(this.#used, namespace), podClass.spec.requests, change);
	}
}

/** What namespaces with quotas use, for the time of one attempt. */
export class QuotaLedger {
	readonly #quotas: Quotas;
	readonly #used: Map<string, Amounts>;

	constructor(quotas: Quotas, used: Map<string, Amounts>) {
		this.#quotas = quotas;
		this.#used = used;
	}

	/** A copy to try things out on. */
	copy(): QuotaLedger {
		return new QuotaLedger(this.#quotas, new Map([...this.#used].map(([name, used]) => [name, { ...used }])));
	}

	quotaOf({ spec: { facts } }: PodClass): ElasticQuota | undefined {
		return this.#quotas.get(facts.namespace);
	}

	/** A pod has got a node (1), or lost it (-1). */
	moved({ spec }: PodClass, change: 1 | -1): void {
		if (this.#quotas.has(spec.facts.namespace)) add(usedBy(this.#used, spec.facts.namespace), spec.requests, change);
	}

	/** Whether the namespace uses more than it is guaranteed of any resource. */
	overMin({ namespace, min }: ElasticQuota): boolean {
		return exceeds(usedBy(this.#used, namespace), min ?? {}, 0);
	}

	/** Whether it would with `more`. As in the original, extended resources that `more` has nothing of are not looked at. */
	overMinWith({ namespace, min }: ElasticQuota, more: ResourceList): boolean {
		return exceeds(this.#with(namespace, more), min ?? {}, 0);
	}

	/** Whether the namespace would use more than it may have, by the same resources. */
	overMaxWith({ namespace, max }: ElasticQuota, more: ResourceList): boolean {
		return max !== null && exceeds(this.#with(namespace, more), max, Number.POSITIVE_INFINITY);
	}

	/** Whether what all namespaces with quotas use, with `more`, is beyond what they are guaranteed together. */
	overAllMinsWith(more: ResourceList): boolean {
		const used: Amounts = { ...more };
		const guaranteed: Amounts = {};
		for (const [namespace, { min }] of this.#quotas) {
			add(used, usedBy(this.#used, namespace), 1);
			add(guaranteed, min ?? {}, 1);
		}
		return exceeds(used, guaranteed, 0);
	}

	#with(namespace: string, more: ResourceList): ResourceList {
		const used = usedBy(this.#used, namespace);
		const names = new Set([...ALWAYS_COUNTED, ...Object.keys(more)]);
		return Object.fromEntries([...names].map((name) => [name, (used[name] ?? 0) + (more[name] ?? 0)]));
	}
}

const ALWAYS_COUNTED = new Set(["cpu", "memory", "ephemeral-storage"]);

/** Whether there is more of any resource than the bound says; `unsaid` holds for resources that it leaves out. */
function exceeds(amounts: ResourceList, bound: ResourceList, unsaid: number): boolean {
	return Object.entries(amounts).some(
		([name, amount]) => amount > (bound[name] ?? (ALWAYS_COUNTED.has(name) ? 0 : unsaid)),
	);
}

function usedBy(used: Map<string, Amounts>, namespace: string): Amounts {
	let amounts = used.get(namespace);
	if (amounts === undefined) used.set(namespace, (amounts = {}));
	return amounts;
}

function add(amounts: Amounts, more: ResourceList, sign: 1 | -1): void {
	for (const [name, amount] of Object.entries(more)) amounts[name] = (amounts[name] ?? 0) + sign * amount;
}
