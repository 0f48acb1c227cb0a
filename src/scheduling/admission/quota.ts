/**
 * Quota as in Borg (paper, section 2.5): amounts of resources that a user may hold in a band of priorities for some time. It is looked
 * at when a job comes, and at no other time: a job that goes beyond what is left of its user's quota is turned away, one that was
 * taken in is charged until its last pod has ended, whatever becomes of the quota. Best-effort work has quota without end.
 *
 * Of a user and band, quotas that hold at one time add up. A quota limits the resources that it names, and no others; without any
 * quota at all a user gets nothing in any other band.
 *
 * Divergence from Borg: a job counts whole in the band of its highest priority. Pods that a scheduler gives an elastic job on top of
 * those it asks for are not charged, nor is what ran already when the simulation began.
 */
import type { Cell } from "../../cell/cell.js";
import type { Job } from "../../cell/job.js";
import type { SimTime } from "../../engine/time.js";
import type { JobArrival } from "../../objects/arrival.js";
import { bandOf, type PriorityBand } from "../../objects/priority-band.js";
import { formatQuantity } from "../../objects/quantity.js";
import type { ResourceList } from "../../objects/resources.js";

export interface Quota {
	/** Namespace of the jobs. */
	readonly user: string;
	readonly band: PriorityBand;
	/** Canonical units; `gpu` is the milli of devices. */
	readonly resources: ResourceList;
	/** It holds from here, and up to there, exclusive; Infinity for ever. */
	readonly fromUs: SimTime;
	readonly untilUs: SimTime;
}

/** Stands at the door of a cell. */
export interface Admission {
	/** Submits a job or turns it away. `asked` is what it asks for, `counted` what the cell gets to see (`Overcommit.job`). */
	submit(asked: JobArrival, counted: JobArrival): void;
}

export class QuotaAdmission implements Admission {
	readonly #cell: Cell;
	/** By user and band. */
	readonly #quotas: ReadonlyMap<string, readonly Quota[]>;
	readonly #held = new Map<string, Map<string, number>>();
	readonly #charges = new Map<Job, Charge>();

	constructor(cell: Cell, quotas: readonly Quota[]) {
		this.#cell = cell;
		const byAccount = new Map<string, Quota[]>();
		for (const quota of quotas) {
			const account = accountOf(quota.user, quota.band);
			byAccount.set(account, [...(byAccount.get(account) ?? []), quota]);
		}
		this.#quotas = byAccount;
		cell.watch({ jobEnded: (job) => this.#release(job) });
	}

	submit(asked: JobArrival, counted: JobArrival): void {
		const charge = chargeOf(asked);
		const reason = charge.band === "best-effort" ? null : this.#refusal(charge);
		if (reason !== null) {
			this.#cell.turnAway(counted, reason);
			return;
		}
		const job = this.#cell.submit(counted);
		if (charge.band === "best-effort") return;
		this.#charges.set(job, charge);
		this.#hold(charge, 1);
	}

	#refusal({ account, user, band, amounts }: Charge): string | null {
		const { nowUs } = this.#cell;
		const all = this.#quotas.get(account) ?? [];
		const quotas = all.filter(({ fromUs, untilUs }) => fromUs <= nowUs && nowUs < untilUs);
		if (quotas.length === 0) return `user '${user}' has no ${band} quota${all.length === 0 ? "" : ` at this time`}`;
		const held = this.#held.get(account);
		for (const [resource, limit] of totalOf(quotas.map(({ resources }) => resources))) {
			const amount = amounts.get(resource) ?? 0;
			const left = limit - (held?.get(resource) ?? 0);
			if (amount === 0 || amount <= left) continue;
			const [asks, free, whole] = [amount, Math.max(0, left), limit].map((value) => formatQuantity(value, resource));
			return `beyond the ${band} quota of user '${user}': it asks for ${resource} ${asks}, and ${free} of ${whole} is left`;
		}
		return null;
	}

	#hold({ account, amounts }: Charge, sign: 1 | -1): void {
		let held = this.#held.get(account);
		if (held === undefined) {
			held = new Map();
			this.#held.set(account, held);
		}
		for (const [resource, amount] of amounts) held.set(resource, (held.get(resource) ?? 0) + sign * amount);
	}

	#release(job: Job): void {
		const charge = this.#charges.get(job);
		if (charge === undefined) return;
		this.#charges.delete(job);
		this.#hold(charge, -1);
	}
}

interface Charge {
	readonly account: string;
	readonly user: string;
	readonly band: PriorityBand;
	readonly amounts: ReadonlyMap<string, number>;
}

function chargeOf({ pods }: JobArrival): Charge {
	const user = pods[0]!.spec.facts.namespace;
	const band = bandOf(pods.reduce((highest, { spec }) => Math.max(highest, spec.facts.priority), -Infinity));
	const asked = pods.map(({ spec: { requests, gpu } }) =>
		gpu === null ? requests : { ...requests, gpu: gpu.count * gpu.milli },
	);
	return { account: accountOf(user, band), user, band, amounts: totalOf(asked) };
}

function accountOf(user: string, band: PriorityBand): string {
	return `${band} ${user}`;
}

/** The sum by resource. */
export function totalOf(lists: readonly ResourceList[]): ReadonlyMap<string, number> {
	const total = new Map<string, number>();
	for (const list of lists)
		for (const resource in list) total.set(resource, (total.get(resource) ?? 0) + list[resource]!);
	return total;
}
