/** What requests add to the summary of a run: how many came, how many were lost and to what, and how long the others took. */
import type { CellListener } from "../cell/changes.js";
import { LOSS_CAUSES, type RequestCount } from "../cell/requests.js";
import type { SimTime } from "../engine/time.js";
import { LatencyMixture } from "./latency-mixture.js";
import { slug } from "./slug.js";

type Put = (name: string, value: number) => void;

/** Sums over windows. */
interface Total {
	arrived: number;
	served: number;
	outageUs: number;
	capacityCpuUs: number;
	usedCpuUs: number;
	/** Whether anybody says how long an answer may take, and how many of those served took longer. */
	hasObjective: boolean;
	slow: number;
	readonly lost: Map<string, number>;
	readonly latencies: LatencyMixture;
}

export class RequestSummary implements CellListener {
	readonly #warmupUs: SimTime;
	readonly #all = nothing();
	/** By entry of traffic. */
	readonly #totals = new Map<string, Total>();

	constructor(warmupUs: SimTime) {
		this.#warmupUs = warmupUs;
	}

	/** Windows that begin in the warm-up are left out. */
	requestsCounted(count: RequestCount): void {
		if (count.fromUs < this.#warmupUs) return;
		let total = this.#totals.get(count.traffic);
		if (total === undefined) {
			total = nothing();
			this.#totals.set(count.traffic, total);
		}
		const window = new LatencyMixture();
		window.add(count.responses, count.timeoutUs);
		const slow = count.objectiveUs === null ? 0 : window.slowerThan(count.objectiveUs);
		for (const sum of [this.#all, total]) add(sum, count, slow);
	}

	report(put: Put): void {
		if (this.#totals.size === 0) return;
		reportTotal(this.#all, put, "");
		if (this.#totals.size === 1) return;
		for (const [name, total] of this.#totals) reportTotal(total, put, `.${slug(name)}`);
	}
}

function nothing(): Total {
	return {
		arrived: 0,
		served: 0,
		outageUs: 0,
		capacityCpuUs: 0,
		usedCpuUs: 0,
		hasObjective: false,
		slow: 0,
		lost: new Map(),
		latencies: new LatencyMixture(),
	};
}

function add(total: Total, count: RequestCount, slow: number): void {
	total.arrived += count.arrived;
	total.served += count.served;
	total.outageUs += count.outageUs;
	total.capacityCpuUs += count.capacityCpuUs;
	total.usedCpuUs += count.usedCpuUs;
	total.hasObjective ||= count.objectiveUs !== null;
	total.slow += slow;
	for (const cause of LOSS_CAUSES) total.lost.set(cause, (total.lost.get(cause) ?? 0) + count.lost[cause]);
	total.latencies.add(count.responses, count.timeoutUs);
}

function reportTotal(total: Total, put: Put, suffix: string): void {
	const { arrived, served, lost, latencies } = total;
	const sum = [...lost.values()].reduce((all, one) => all + one, 0);
	put(`requests_arrived${suffix}`, arrived);
	put(`requests_served${suffix}`, served);
	put(`requests_lost${suffix}`, sum);
	put(`requests_lost_fraction${suffix}`, sum / arrived);
	for (const [cause, requests] of lost) if (requests > 0) put(`requests_lost_${cause}${suffix}`, requests);
	put(`requests_outage_us${suffix}`, total.outageUs);
	put(`request_latency_mean_us${suffix}`, latencies.meanUs);
	for (const [name, q] of [
		["p50", 0.5],
		["p90", 0.9],
		["p99", 0.99],
	] as const)
		put(`request_latency_${name}_us${suffix}`, latencies.quantileUs(q));
	if (total.hasObjective) {
		put(`requests_slow${suffix}`, total.slow);
		put(`requests_slow_fraction${suffix}`, total.slow / served);
	}
	put(`serving_utilization${suffix}`, total.usedCpuUs / total.capacityCpuUs);
}
