/**
 * How long a thread that could run waits for a CPU, by the load of its machine: the probabilities of more than 1 ms and 5 ms, for
 * latency-sensitive pods and the others, as figure 13 of the Borg paper (EuroSys 2015) draws them. A model for the shape of that
 * figure, not for its values: machines here divide CPU as a fluid, in which nobody stands in a queue.
 *
 * Threads come and run for a slice of 3 ms on average (base slice of the fair scheduler on 8 CPUs and more), both memoryless: a queue with
 * as many servers as CPUs (M/M/c). With a load of a CPUs in all, l of them latency-sensitive, and C Erlang's formula of
 * waiting, P(wait > t) is
 * - C(c, l) exp(-(c - l) t / slice) for latency-sensitive threads, which run before all others as soon as they can;
 * - C(c, a) exp(-(c - l) (c - a) / c t / slice) for the others, whose mean wait is that of the lower class of two.
 *
 * Divergence from Linux: weights between latency-sensitive pods, and among the others, do not count, nor do pauses for limits; a
 * latency-sensitive thread preempts at once, as Borg's scheduler is tuned to, however small its weight; threads run on any CPU.
 */

export const SLICE_US = 3000;

export interface RunQueue {
	/** A whole number, 1 or more. */
	readonly cpus: number;
	/** CPUs that latency-sensitive threads want within their limits, and that all threads want. */
	readonly sensitiveLoad: number;
	readonly load: number;
}

/** Probability that a latency-sensitive thread waits longer than `waitUs`. */
export function sensitiveWaits({ cpus, sensitiveLoad }: RunQueue, waitUs: number): number {
	if (sensitiveLoad >= cpus) return 1;
	return erlangC(cpus, sensitiveLoad) * Math.exp((-(cpus - sensitiveLoad) * waitUs) / SLICE_US);
}

/** The same for any other thread. */
export function otherWaits({ cpus, sensitiveLoad, load }: RunQueue, waitUs: number): number {
	if (load >= cpus) return 1;
	const rate = ((cpus - sensitiveLoad) * (cpus - load)) / cpus / SLICE_US;
	return erlangC(cpus, load) * Math.exp(-rate * waitUs);
}

/** Probability that all of `cpus` are busy when a thread comes, at a load below that. */
export function erlangC(cpus: number, load: number): number {
	let lost = 1;
	for (let cpu = 1; cpu <= cpus; cpu++) lost = (load * lost) / (cpu + load * lost);
	return lost / (1 - (load / cpus) * (1 - lost));
}

type Put = (name: string, value: number) => void;

const THRESHOLDS = [
	["1ms", 1000],
	["5ms", 5000],
] as const;
/** Quarters of a machine's CPU in use. */
const LOADS = ["0_25", "25_50", "50_75", "75_100"] as const;

/** Sums over samples of a class of pods, each counted by the CPU that it wants. */
interface Waits {
	wanted: number;
	/** By threshold. */
	readonly waiting: [number, number];
}

/** Adds up the waits of sampled machines, by class of pods and load of machine. */
export class RunQueueWaits {
	readonly #sensitive = LOADS.map(nothing);
	readonly #others = LOADS.map(nothing);

	/** A machine of `capacityMilli` that uses `usedMilli`; what its pods want within their limits, milli-CPU. */
	sample(capacityMilli: number, usedMilli: number, sensitiveMilli: number, othersMilli: number): void {
		const cpus = Math.max(1, Math.round(capacityMilli / 1000));
		const queue = { cpus, sensitiveLoad: sensitiveMilli / 1000, load: (sensitiveMilli + othersMilli) / 1000 };
		const quarter = Math.min(LOADS.length - 1, Math.floor((usedMilli / capacityMilli) * LOADS.length));
		if (sensitiveMilli > 0) add(this.#sensitive[quarter]!, sensitiveMilli, (us) => sensitiveWaits(queue, us));
		if (othersMilli > 0) add(this.#others[quarter]!, othersMilli, (us) => otherWaits(queue, us));
	}

	report(put: Put): void {
		const classes = [
			["latency_sensitive", this.#sensitive],
			["others", this.#others],
		] as const;
		const shares = (waits: readonly Waits[], suffix: string) => {
			const wanted = waits.reduce((sum, each) => sum + each.wanted, 0);
			if (wanted === 0) return;
			for (const [i, [name]] of THRESHOLDS.entries()) {
				const waiting = waits.reduce((sum, each) => sum + each.waiting[i]!, 0);
				put(`run_queue_wait_over_${name}${suffix}`, waiting / wanted);
			}
		};
		shares([...this.#sensitive, ...this.#others], "");
		for (const [name, waits] of classes) {
			shares(waits, `.${name}`);
			for (const [quarter, load] of LOADS.entries()) shares([waits[quarter]!], `.${name}_load_${load}`);
		}
	}
}

function add(waits: Waits, wantedMilli: number, waitsLonger: (us: number) => number): void {
	waits.wanted += wantedMilli;
	for (const [i, [, us]] of THRESHOLDS.entries()) waits.waiting[i]! += wantedMilli * waitsLonger(us);
}

function nothing(): Waits {
	return { wanted: 0, waiting: [0, 0] };
}
