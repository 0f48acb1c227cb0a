/**
 * How many CPUs of a pod are busy while so many requests are in it: the law by which a pod serves.
 *
 * Requests share the CPUs of the pod equally (processor sharing) and each runs on one CPU at a time, so that n requests go on at the speed
 * of min(n, C) CPUs; C may be a fraction, as limits are. With Poisson arrivals such a queue has in equilibrium, whatever the
 * distribution of the work of a request is (Kelly 1979, section 3.3; for C = 1 M/G/1-PS, for whole C the queue length of M/M/C), with
 * a CPUs asked for on average (requests a second times CPU time of each):
 *
 *     p(n) ~ a^n / (min(1, C) min(2, C) ... min(n, C)),  a < C
 *     N(a) = sum of n p(n);  for C <= 1:  N = r / (1 - r), r = a / C
 *
 * The law is N(a) read backwards: while N requests are in the pod, as many CPUs are busy as in the equilibrium that has N on average
 * (pointwise stationary fluid flow approximation: Wang, Tipper and Banerjee 1996; Rider 1976). It is kept as straight lines between
 * equilibria, close enough to each other that N is missed by 1.3e-4 of it at most. With the most requests that it may have the pod is
 * wholly busy.
 */

export interface ServiceLaw {
	/** Requests in the pod, rising from 0 to the most that it may have. */
	readonly requests: Float64Array;
	/** CPUs that are busy then, rising. */
	readonly busyCpus: Float64Array;
}

/** The law of a pod with `cpus` CPUs, more than 0, in which `most` requests can be, 1 or more. */
export function serviceLaw(cpus: number, most: number): ServiceLaw {
	const requests = [0];
	const busyCpus = [0];
	for (let k = 1; ; k++) {
		const busy = -Math.expm1(-knot(k)) * cpus;
		const inside = requestsInside(busy, cpus);
		if (inside < most && busy < cpus) {
			requests.push(inside);
			busyCpus.push(busy);
			continue;
		}
		// A pod that is full, and has to turn requests away, is never idle.
		requests.push(most);
		busyCpus.push(cpus);
		return { requests: Float64Array.from(requests), busyCpus: Float64Array.from(busyCpus) };
	}
}

/** Mean number of requests in a pod of `cpus` CPUs of which `asked` are asked for on average; `asked` is less than `cpus`. */
export function requestsInside(asked: number, cpus: number): number {
	const load = asked / cpus;
	/** From so many requests on the whole pod is busy. */
	const full = Math.max(1, Math.ceil(cpus));
	let weight = 1;
	let total = 1;
	let sum = 0;
	for (let n = 1; n < full; n++) {
		weight *= asked / n;
		total += weight;
		sum += n * weight;
	}
	const beyond = load / (1 - load);
	return (sum + weight * ((full - 1) * beyond + beyond / (1 - load))) / (total + weight * beyond);
}

/** Minus the logarithm of the share that is free in the k-th equilibrium: squares near 0, so that light loads are as exact as others. */
function knot(k: number): number {
	return k <= SQUARES ? (k / 100) ** 2 : (SQUARES / 100) ** 2 + (k - SQUARES) / 32;
}

/** From here on squares would be further from each other than 1/32. */
const SQUARES = 156;

/** CPUs that are busy with `inside` requests. */
export function busyWith({ requests, busyCpus }: ServiceLaw, inside: number): number {
	const i = segmentOf(requests, inside);
	const slope = (busyCpus[i + 1]! - busyCpus[i]!) / (requests[i + 1]! - requests[i]!);
	return Math.min(busyCpus[busyCpus.length - 1]!, busyCpus[i]! + slope * (inside - requests[i]!));
}

/** The straight line on which `inside` lies: from knot i to knot i + 1. */
export function segmentOf(requests: Float64Array, inside: number): number {
	let low = 0;
	let high = requests.length - 2;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (requests[middle]! <= inside) low = middle;
		else high = middle - 1;
	}
	return low;
}
