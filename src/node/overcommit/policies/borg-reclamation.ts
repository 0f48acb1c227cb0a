/**
 * Borg's resource reclamation (EuroSys 2015, section 5.5): the reservation of a task starts at its limit, after 300 s decays towards
 * what it uses plus a margin, and rises at once when the task uses more. Production tasks are placed by limits, so that they
 * never rely on reclaimed resources; the others in what reservations leave.
 *
 * Production tasks also ask for `firm/cpu` and `firm/memory`, of which a node offers what it has: that is how they are counted by
 * their limits among each other, whatever is reclaimed.
 *
 * Divergence from Borg: reservations are recomputed at reviews (minutes) rather than every few seconds, for tasks and not for
 * allocs. The paper gives no margin and no rate of decay; both are parameters.
 */
import { z } from "zod";
import type { Cell } from "../../../cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../../cell/ids.js";
import type { SimTime } from "../../../engine/time.js";
import { durationSchema } from "../../../objects/duration.js";
import { CPU, MEMORY } from "../../../objects/resources.js";
import { defineOvercommit, limitsOf, type Reclaimed, type Review } from "../policy.js";
import { ReservationLevels } from "../reservation-levels.js";

const positive = durationSchema.refine((us) => us > 0, { error: "must be more than 0s" });

const params = z.strictObject({
	margin: z.number().min(0).default(0.3).describe("Reservation over usage in the long run, less 1"),
	grace: durationSchema.prefault("300s").describe("How long after its start a task keeps its limit reserved"),
	halfLife: positive.prefault("15m").describe("Time in which what is reserved in vain falls by half"),
	every: positive.prefault("1m").describe("Time between two reviews"),
	production: z
		.int()
		.default(200)
		.describe("Pods of this priority or a higher one are placed by their limits, and never rely on what is reclaimed"),
});

export const borgReclamation = defineOvercommit({
	name: "borg-reclamation",
	summary: "Borg: what tasks reserve and do not use is offered to those below production.",
	readsUsage: true,
	params,
	create({ production, ...options }, { cell }) {
		const review = new Reservations(cell, options);
		return {
			charge: (pod) => {
				const charged = limitsOf(pod);
				if (pod.facts.priority < production) return charged;
				const { cpu = 0, memory = 0 } = charged;
				return { ...charged, "firm/cpu": cpu, "firm/memory": memory };
			},
			offer: ({ allocatable }) => {
				const { cpu = 0, memory = 0 } = allocatable;
				return { ...allocatable, "firm/cpu": cpu, "firm/memory": memory };
			},
			review,
			metrics: () => review.levels.metrics(),
		};
	},
});

export interface ReservationOptions {
	readonly margin: number;
	readonly grace: SimTime;
	readonly halfLife: SimTime;
	readonly every: SimTime;
}

/**
 * The next reservation of a task that reserved `reserved`, uses `used`, and may use `limit`; `elapsedUs` since the last one. Any
 * unit.
 */
export function nextReservation(
	{ reserved, used, limit }: { readonly reserved: number; readonly used: number; readonly limit: number },
	elapsedUs: SimTime,
	{ margin, halfLife }: Pick<ReservationOptions, "margin" | "halfLife">,
): number {
	const target = Math.min(limit, used * (1 + margin));
	if (target >= reserved) return target;
	return target + (reserved - target) * 2 ** (-elapsedUs / halfLife);
}

interface Reservation {
	readonly pod: PodId;
	cpuMilli: number;
	memoryBytes: number;
}

class Reservations implements Review {
	readonly periodUs: SimTime;
	readonly levels = new ReservationLevels();
	readonly #cell: Cell;
	readonly #options: ReservationOptions;
	/** By row of the pod table: of the pod that has the row. */
	readonly #reservations: Reservation[] = [];
	#observedUs: SimTime = 0;

	constructor(cell: Cell, options: ReservationOptions) {
		this.periodUs = options.every;
		this.#cell = cell;
		this.#options = options;
	}

	observe(): void {
		const { pods, usage, nowUs } = this.#cell;
		const elapsedUs = nowUs - this.#observedUs;
		this.#observedUs = nowUs;
		for (const pod of pods.all()) {
			const row = rowOf(pod);
			if (!usage.pods.has(row)) continue;
			const { request } = pods.classes[row]!;
			const [cpu, memory] = [request[CPU]!, request[MEMORY]!];
			let reservation = this.#reservations[row];
			if (reservation === undefined || reservation.pod !== pod) {
				reservation = { pod, cpuMilli: cpu, memoryBytes: memory };
				this.#reservations[row] = reservation;
			}
			const used = { cpu: usage.pods.usedMilli[row]!, memory: usage.pods.memoryBytes[row]! };
			this.levels.note(
				{ used: used.cpu, reserved: reservation.cpuMilli, limit: cpu },
				{ used: used.memory, reserved: reservation.memoryBytes, limit: memory },
			);
			if (!(nowUs - pods.startUs[row]! > this.#options.grace)) continue;
			reservation.cpuMilli = nextReservation(
				{ reserved: reservation.cpuMilli, used: used.cpu, limit: cpu },
				elapsedUs,
				this.#options,
			);
			reservation.memoryBytes = nextReservation(
				{ reserved: reservation.memoryBytes, used: used.memory, limit: memory },
				elapsedUs,
				this.#options,
			);
		}
	}

	reclaimable(node: NodeId): Reclaimed {
		const { pods } = this.#cell;
		let cpuMilli = 0;
		let memoryBytes = 0;
		for (const pod of this.#cell.podsOn(node)) {
			const row = rowOf(pod);
			const reservation = this.#reservations[row];
			if (reservation === undefined || reservation.pod !== pod) continue;
			const { request } = pods.classes[row]!;
			cpuMilli += request[CPU]! - reservation.cpuMilli;
			memoryBytes += request[MEMORY]! - reservation.memoryBytes;
		}
		return { cpuMilli: Math.max(0, cpuMilli), memoryBytes: Math.max(0, memoryBytes) };
	}
}
