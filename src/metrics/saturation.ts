/**
 * Whether a scheduler process keeps up, judged by the last half of the run (after the warm-up). It is saturated if both hold:
 *
 * 1. Unplaced work grows: the number of its jobs that wait for a node or were given up rises, by its median slope (Theil-Sen),
 *    by more than 2 % of the jobs submitted to it in the half, and by more than one job.
 * 2. There is a reason: the process decided for more than 95 % of the half, so that decisions are what jobs wait for; or, for half
 *    of the half at least, a job waited that had been tried in vain, or one had been given up since it began, so that room (or
 *    patience) is what lacks. Without a reason a rise is chance.
 *
 * The median slope overlooks the ups and downs of a queue that is long, but stable. A run that goes on until nothing is left to do has
 * worked off its backlog and is not saturated; one that ends while the load still rises (at noon, with a daily cycle) may be.
 *
 * The levels are noted at equidistant times, at most 128 of them: when these are full, every other is dropped and the distance
 * doubles, so memory does not grow with the run and its length need not be known.
 */
import type { SimTime } from "../engine/time.js";
import { median, medianSlope } from "./median.js";
import type { Lane } from "./scheduler-days.js";

const MOST_POINTS = 128;
/** Points in the half without which nothing is said. */
const FEWEST_POINTS = 8;
const GROWTH = 0.02;
const BUSY = 0.95;

/** Levels and totals of a lane at one time: numbers of jobs, and time spent deciding. */
interface Level {
	readonly waiting: number;
	readonly waitingInVain: number;
	readonly abandoned: number;
	readonly submitted: number;
	readonly busyUs: number;
}

const NOTHING: Level = { waiting: 0, waitingInVain: 0, abandoned: 0, submitted: 0, busyUs: 0 };

export class Saturation {
	/** When the next point is due. */
	nextUs: SimTime;
	readonly #fromUs: SimTime;
	readonly #lanes: readonly Lane[];
	#periodUs = 1;
	/** By point, by lane; lanes that were not there yet are missing. */
	#points: (readonly Level[])[] = [];

	/** Follows lanes, to which more may be added, from the end of the warm-up on. */
	constructor(lanes: readonly Lane[], fromUs: SimTime) {
		this.#lanes = lanes;
		this.#fromUs = fromUs;
		this.nextUs = fromUs;
	}

	/** Notes the present levels for all points before a time. Called before the lanes change at that time. */
	note(beforeUs: SimTime): void {
		const levels = this.#lanes.map(levelOf);
		while (this.nextUs < beforeUs) {
			if (this.#points.length === MOST_POINTS) {
				this.#points = this.#points.filter((_point, i) => i % 2 === 0);
				this.#periodUs *= 2;
			}
			this.#points.push(levels);
			this.nextUs = this.#fromUs + this.#points.length * this.#periodUs;
		}
	}

	/** Whether the process is saturated: 1 or 0; NaN if the run was too short to tell. Points must be noted up to the end. */
	verdict(process: number, endUs: SimTime): number {
		const skipped = Math.ceil((endUs - this.#fromUs) / 2 / this.#periodUs);
		const half = this.#points.slice(skipped).map((point) => this.#sum(process, point));
		if (half.length < FEWEST_POINTS) return Number.NaN;
		const [first, last] = [half[0]!, this.#sum(process, this.#lanes.map(levelOf))];
		const limit = Math.max(1, GROWTH * (last.submitted - first.submitted));
		const unplaced = half.map(({ waiting, abandoned }) => waiting + abandoned);
		// A slope needs all pairs of points: it is not asked for where it cannot matter.
		if (Math.max(...unplaced) - Math.min(...unplaced) <= limit) return 0;
		if (medianSlope([...unplaced.keys()], unplaced) * (unplaced.length - 1) <= limit) return 0;
		const lengthUs = endUs - (this.#fromUs + skipped * this.#periodUs);
		const inVain = half.map(({ waitingInVain, abandoned }) => waitingInVain + abandoned - first.abandoned);
		return last.busyUs - first.busyUs > BUSY * lengthUs || median(inVain) > 0 ? 1 : 0;
	}

	#sum(process: number, point: readonly Level[]): Level {
		let { waiting, waitingInVain, abandoned, submitted, busyUs } = NOTHING;
		for (let i = 0; i < this.#lanes.length; i++) {
			if (this.#lanes[i]!.process !== process) continue;
			const level = point[i] ?? NOTHING;
			waiting += level.waiting;
			waitingInVain += level.waitingInVain;
			abandoned += level.abandoned;
			submitted += level.submitted;
			busyUs += level.busyUs;
		}
		return { waiting, waitingInVain, abandoned, submitted, busyUs };
	}
}

function levelOf({ waiting, waitingInVain, abandoned, submitted, busyUs }: Lane): Level {
	return { waiting, waitingInVain, abandoned, submitted, busyUs };
}
