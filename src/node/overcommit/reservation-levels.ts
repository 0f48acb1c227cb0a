/** How far usage and reservations stay below limits: what figure 11 of the Borg paper (EuroSys 2015) shows, per resource. */

const RESOURCES = ["cpu", "memory"] as const;
const QUANTILES = [10, 50, 90] as const;
/** Shares of a limit are counted in steps of half a percent. */
const STEPS = 200;

export interface Levels {
	readonly used: number;
	/** What was reserved until now. */
	readonly reserved: number;
	readonly limit: number;
}

export class ReservationLevels {
	readonly #byResource = { cpu: new ResourceLevels(), memory: new ResourceLevels() };

	/** One task at one review. */
	note(cpu: Levels, memory: Levels): void {
		this.#byResource.cpu.note(cpu);
		this.#byResource.memory.note(memory);
	}

	/**
	 * Of all tasks at all reviews: usage and reservation over limit, as the share of the sums and as quantiles over tasks, and the share
	 * of tasks that used more than was reserved. Empty without reviews.
	 */
	metrics(): Readonly<Record<string, number>> {
		return Object.fromEntries(RESOURCES.flatMap((resource) => this.#byResource[resource].metrics(resource)));
	}
}

class ResourceLevels {
	readonly #usedSteps = new Float64Array(STEPS + 1);
	readonly #reservedSteps = new Float64Array(STEPS + 1);
	#used = 0;
	#reserved = 0;
	#limit = 0;
	#count = 0;
	#exceeded = 0;

	note({ used, reserved, limit }: Levels): void {
		if (limit === 0) return;
		this.#count++;
		this.#used += used;
		this.#reserved += reserved;
		this.#limit += limit;
		if (used > reserved) this.#exceeded++;
		this.#usedSteps[stepOf(used / limit)]!++;
		this.#reservedSteps[stepOf(reserved / limit)]!++;
	}

	metrics(resource: string): [string, number][] {
		if (this.#count === 0) return [];
		return [
			[`overcommit_usage_over_limit.${resource}`, this.#used / this.#limit],
			[`overcommit_reservation_over_limit.${resource}`, this.#reserved / this.#limit],
			[`overcommit_reservations_exceeded.${resource}`, this.#exceeded / this.#count],
			...QUANTILES.flatMap((percent): [string, number][] => [
				[`overcommit_usage_over_limit_p${percent}.${resource}`, this.#quantile(this.#usedSteps, percent)],
				[`overcommit_reservation_over_limit_p${percent}.${resource}`, this.#quantile(this.#reservedSteps, percent)],
			]),
		];
	}

	#quantile(steps: Float64Array, percent: number): number {
		let below = 0;
		for (let step = 0; step <= STEPS; step++) {
			below += steps[step]!;
			if (below >= (percent / 100) * this.#count) return step / STEPS;
		}
		return 1;
	}
}

function stepOf(share: number): number {
	return Math.min(STEPS, Math.floor(share * STEPS));
}
