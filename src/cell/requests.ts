/** Requests that come to services: what orchestrators, traffic and metrics tell each other of them. */
import type { SimTime } from "../engine/time.js";

/** Why a request got no answer that is worth anything. */
export const LOSS_CAUSES = [
	/** Its service had no endpoint, as far as the proxy knew. */
	"no_endpoints",
	/** The pod that it went to is gone, on its way out, or not there yet. */
	"refused",
	/** The node that it went to is down, or nobody hears of it. */
	"unreachable",
	/** The pod had as many requests as it takes. */
	"overflow",
	/** The answer came when the client had given up. */
	"timeout",
	/** The answer was an error. */
	"error",
	/** The pod went while it was at work on it. */
	"cut",
] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];

/** Counts of 0. */
export function nothingLost(): Record<LossCause, number> {
	return { no_endpoints: 0, refused: 0, unreachable: 0, overflow: 0, timeout: 0, error: 0, cut: 0 };
}

/** A share of a route's requests. */
export interface Backend {
	readonly service: string;
	/** Relative to the others of the route; 0 or more. */
	readonly weight: number;
}

/**
 * Requests whose time in their pod was so long on average, distributed exponentially, besides the time that is the same for all. Those
 * that took longer than their client waits are among them.
 */
export interface Responses {
	readonly requests: number;
	readonly fixedUs: number;
	readonly meanUs: number;
}

/** What became of the requests to a service in a window of time. Counts are fractions: expectations of a model. */
export interface RequestCount {
	/** The entry of the experiment's traffic that they are of. */
	readonly traffic: string;
	/** With its namespace: `default/web`. */
	readonly service: string;
	readonly fromUs: SimTime;
	readonly toUs: SimTime;
	/** Arrived and inside before = served, lost and inside now: exactly. */
	readonly arrived: number;
	readonly served: number;
	readonly lost: Readonly<Record<LossCause, number>>;
	/** In pods at the end of the window. */
	readonly inside: number;
	/** Endpoints that proxies know at the end, mean over proxies, and those of them that serve. */
	readonly endpoints: number;
	readonly serving: number;
	/** CPU time that the pods that served could have used, and used, microseconds of one CPU. */
	readonly capacityCpuUs: number;
	readonly usedCpuUs: number;
	/** Time in which requests came and none could be served. */
	readonly outageUs: SimTime;
	/** How long those took that were not errors. */
	readonly responses: readonly Responses[];
	/** How long clients wait, and how long an answer may take at best; null where nobody says. */
	readonly timeoutUs: SimTime;
	readonly objectiveUs: SimTime | null;
}
