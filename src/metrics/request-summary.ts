/** What requests add to the summary of a run: how many came, how many were lost and to what, and how long the others took. */
import type { CellListener } from "../cell/changes.js";
import { LOSS_CAUSES, type LossCause, nothingLost, type RequestCount } from "../cell/requests.js";
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
	readonly lost: Record<LossCause, number>;
	readonly latencies: LatencyMixture;
}

export class RequestSummary implements CellListener {
	readonly #warmupUs: SimTime;
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
		add(total, count);
	}

	report(put: Put): void {
		if (this.#totals.size === 0) return;
		const all = nothing();
		for (const total of this.#totals.values()) addAll(all, total);
		reportTotal(all, put, "");
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
		lost: nothingLost(),
		latencies: new LatencyMixture(),
	};
}

function add(total: Total, count: RequestCount): void {
	addCounts(total, count);
	for (const cause of LOSS_CAUSES) total.lost[cause] += count.lost[cause];
	total.latencies.add(count.responses, count.timeoutUs);
	if (count.objectiveUs === null) return;
	const window = new LatencyMixture();
	window.add(count.responses, count.timeoutUs);
	total.hasObjective = true;
	total.slow += window.slowerThan(count.objectiveUs);
}

function addAll(sum: Total, total: Total): void {
	addCounts(sum, total);
	for (const cause of LOSS_CAUSES) sum.lost[cause] += total.lost[cause];
	sum.latencies.addAll(total.latencies);
	sum.hasObjective ||= total.hasObjective;
	sum.slow += total.slow;
}

type Counts = Pick<Total, "arrived" | "served" | "outageUs" | "capacityCpuUs" | "usedCpuUs">;

function addCounts(sum: Counts, one: Readonly<Counts>): void {
	sum.arrived += one.arrived;
	sum.served += one.served;
	sum.outageUs += one.outageUs;
	sum.capacityCpuUs += one.capacityCpuUs;
	sum.usedCpuUs += one.usedCpuUs;
}

function reportTotal(total: Total, put: Put, suffix: string): void {
	const { arrived, served, lost, latencies } = total;
	const sum = LOSS_CAUSES.reduce((all, cause) => all + lost[cause], 0);
	put(`requests_arrived${suffix}`, arrived);
	put(`requests_served${suffix}`, served);
	put(`requests_lost${suffix}`, sum);
	put(`requests_lost_fraction${suffix}`, sum / arrived);
	for (const cause of LOSS_CAUSES) if (lost[cause] > 0) put(`requests_lost_${cause}${suffix}`, lost[cause]);
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
