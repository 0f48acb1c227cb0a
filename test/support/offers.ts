/** Two-level simulations in a few lines, with every event about offers as a story. */
import type { SimulationOptions } from "../../src/experiment/simulation.js";
import { CPU } from "../../src/objects/resources.js";
import type { ArchitectureContext } from "../../src/scheduling/architecture.js";
import { OfferLoop, type OfferOptions } from "../../src/scheduling/offers/offer-loop.js";
import type { OfferRules } from "../../src/scheduling/offers/offer-rules.js";
import { architectureNamed, type Simulated, type SimulateOptions, simulate } from "./simulations.js";

export interface TellOptions extends SimulateOptions {
	/** Of the architecture. */
	readonly params?: object;
	/** How long each scheduler takes for a job; default `perJobUs`. */
	readonly takesUs?: readonly number[];
	/** Notes the cpu in offers this often. */
	readonly lockedEveryUs?: number;
}

export interface Told extends Simulated {
	/** Every event about offers, and every binding, in order. */
	readonly story: readonly string[];
	/** "time milli-cpu" in offers. */
	readonly locked: readonly string[];
	readonly offers: OfferLoop;
}

/** Two schedulers; the name of a job says whose it is: `p1-web` belongs to scheduler 1. */
export function contextOf(context: ArchitectureContext, takesUs: readonly number[] = []): ArchitectureContext {
	const processes = context.processes.map((process, i) => ({
		...process,
		decisionTime: { ...process.decisionTime, perJobUs: takesUs[i] ?? process.decisionTime.perJobUs },
	}));
	return { ...context, processes, router: ({ name }) => Number(name[1]) };
}

/** Two schedulers under two-level offers, whose allocator takes 1 us for an offer, 10 us after somebody asked. */
export async function tell({ params = {}, takesUs = [], lockedEveryUs, ...options }: TellOptions): Promise<Told> {
	const story: string[] = [];
	const locked: string[] = [];
	const given = { allocatorTime: "1us", batching: "10us", ...params };
	const offersOf = (told: Simulated["simulation"]) => told.architecture as OfferLoop;
	const told = await simulate({
		architecture: (context) => architectureNamed("two-level", given)(contextOf(context, takesUs)),
		replicas: 2,
		...options,
		prepare(simulation) {
			const { engine, cell } = simulation;
			engine.watch((timeUs, { name }, subject) => {
				if (/offer|refusal/.test(name)) story.push(`${timeUs} ${name} ${subject}`);
			});
			cell.watch({
				podBound: (pod, on) => story.push(`${cell.nowUs} bound ${cell.pod(pod).name} ${cell.node(on).name}`),
			});
			if (lockedEveryUs === undefined) return;
			engine.every(lockedEveryUs, (timeUs) => locked.push(`${timeUs} ${offersOf(simulation).locked(CPU)}`));
		},
	});
	return { ...told, story, locked, offers: offersOf(told.simulation) };
}

/** Offers under given rules: all that is free in one offer, timed as in `tell`. */
export function withRules(rules: OfferRules, options: Partial<OfferOptions> = {}): SimulationOptions["architecture"] {
	const given = { offers: "all", weights: {}, minimumOffer: {}, allocatorUs: 1, batchingUs: 10, refuseUs: 0 } as const;
	const ends = { rescindUs: Number.POSITIVE_INFINITY, jobsPerOffer: Number.POSITIVE_INFINITY };
	return (context) => new OfferLoop(context, { ...given, ...ends, ...options }, rules);
}
