/**
 * How long requests took that were served: a mixture of exponentials, each shifted by a time that all of its requests take, and cut where
 * clients have given up. Mean and quantiles are those of the mixture, by bisection; nothing is drawn.
 */
import type { Responses } from "../cell/requests.js";

interface Part extends Responses {
	requests: number;
	meanUs: number;
	/** How long its clients waited besides the fixed time, microseconds. */
	readonly patienceUs: number;
}

export class LatencyMixture {
	/** By fixed time and patience, then by class of 1 %: memory does not grow with time. */
	readonly #classes: { readonly fixedUs: number; readonly patienceUs: number; readonly parts: Map<number, Part> }[] =
		[];

	/** Adds responses to clients that wait for `timeoutUs`. */
	add(responses: readonly Responses[], timeoutUs: number): void {
		for (const response of responses) this.#add(response, Math.max(0, timeoutUs - response.fixedUs));
	}

	/** Adds all of another mixture. */
	addAll(other: LatencyMixture): void {
		for (const part of other.#parts()) this.#add(part, part.patienceUs);
	}

	/** Requests that were served in time. */
	get served(): number {
		return this.#upTo(Number.POSITIVE_INFINITY);
	}

	/** Mean of those served, microseconds; NaN if there are none. */
	get meanUs(): number {
		let sum = 0;
		for (const { requests, fixedUs, meanUs, patienceUs } of this.#parts()) {
			const late = Math.exp(-patienceUs / meanUs);
			sum += requests * (fixedUs * (1 - late) + meanUs * (1 - late) - patienceUs * late);
		}
		return sum / this.served;
	}

	/** The time in which the share `q` of those served was answered, microseconds; NaN if there are none. */
	quantileUs(q: number): number {
		const wanted = q * this.served;
		if (!(wanted > 0)) return Number.NaN;
		let low = 0;
		let high = Math.max(...this.#classes.map(({ fixedUs, patienceUs }) => fixedUs + patienceUs));
		while (high - low > 0.5) {
			const middle = (low + high) / 2;
			if (this.#upTo(middle) < wanted) low = middle;
			else high = middle;
		}
		return Math.round(high);
	}

	/** Requests served, but later than this. */
	slowerThan(latencyUs: number): number {
		return this.served - this.#upTo(latencyUs);
	}

	#add({ requests, fixedUs, meanUs }: Responses, patienceUs: number): void {
		let like = this.#classes.find((one) => one.fixedUs === fixedUs && one.patienceUs === patienceUs);
		if (like === undefined) {
			like = { fixedUs, patienceUs, parts: new Map() };
			this.#classes.push(like);
		}
		const number = Math.round(Math.log(meanUs) * 100);
		const part = like.parts.get(number);
		if (part === undefined) {
			like.parts.set(number, { requests, fixedUs, meanUs, patienceUs });
			return;
		}
		part.meanUs = (part.meanUs * part.requests + meanUs * requests) / (part.requests + requests);
		part.requests += requests;
	}

	*#parts(): Generator<Part> {
		for (const { parts } of this.#classes) yield* parts.values();
	}

	#upTo(latencyUs: number): number {
		let sum = 0;
		for (const { requests, fixedUs, meanUs, patienceUs } of this.#parts()) {
			const us = Math.min(latencyUs - fixedUs, patienceUs);
			if (us > 0) sum -= requests * Math.expm1(-us / meanUs);
		}
		return sum;
	}
}
