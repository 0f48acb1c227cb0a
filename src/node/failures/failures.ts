/** What fails by chance or is taken down by plan in a run, put together: machines, racks and power domains, tasks, maintenance. */
import type { Cell } from "../../cell/cell.js";
import type { PodId } from "../../cell/ids.js";
import { type DistributionSpec, sampler } from "../../engine/distributions.js";
import type { Engine } from "../../engine/engine.js";
import type { RandomSource } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { LossRule } from "../node-agent.js";
import { type Breakdown, type BreakdownPhases, Breakdowns, type DomainBreakdown } from "./breakdowns.js";
import { type DisruptionLimits, Disruptions } from "./disruptions.js";
import { Maintenance } from "./maintenance.js";
import { type OutageOptions, Outages } from "./outages.js";
import { TaskCrashes, type TaskCrashOptions } from "./task-crashes.js";

export interface FailureOptions {
	/** Each machine by itself; null for never. */
	readonly machines: Breakdown | null;
	/** All nodes with the same value of a label together. */
	readonly domains: readonly DomainBreakdown[];
	/** Each machine once a period; null for never. */
	readonly maintenance: { readonly periodUs: SimTime; readonly duration: DistributionSpec } | null;
	readonly limits: DisruptionLimits;
	readonly outages: Omit<OutageOptions, "onLoss">;
	readonly crashes: TaskCrashOptions | null;
}

export interface FailureContext {
	readonly random: RandomSource;
	readonly onLoss: LossRule;
	/** Pods that leave when a pod does. */
	readonly inside: (pod: PodId) => readonly PodId[];
}

/**
 * Lets nodes and tasks of the cell fail; nodes that come later do so, too. Answers what has happened, as metrics of the run. Faults at given
 * instants are another matter: whoever says that a node is back brings it back.
 */
export function simulateFailures(
	engine: Engine,
	cell: Cell,
	phases: BreakdownPhases,
	options: FailureOptions,
	{ random, onLoss, inside }: FailureContext,
): () => Readonly<Record<string, number>> {
	const outages = new Outages(engine, cell, phases.leaving, { ...options.outages, onLoss });
	const breakdowns = new Breakdowns(engine, cell, phases, { outages, random });
	const { machines, domains, crashes } = options;
	const maintenance = options.maintenance && {
		...options.maintenance,
		durationUs: sampler(options.maintenance.duration, random.stream("failures/maintenance-duration")),
	};
	const maintained =
		maintenance &&
		new Maintenance(engine, cell, phases, {
			...maintenance,
			random,
			outages,
			inside,
			disruptions: new Disruptions(cell, options.limits),
		});
	const taskCrashes = crashes && new TaskCrashes(engine, cell, phases.leaving, crashes, random);
	cell.watch({
		nodeChanged(node, change) {
			if (change !== "node-added" || cell.nodes.specs[node]!.alloc !== undefined) return;
			if (machines !== null) breakdowns.addNode(node, machines);
			for (const domain of domains) breakdowns.addDomainOf(node, domain);
			maintained?.addNode(node);
		},
	});
	return () => ({
		...(machines && { machine_failures: breakdowns.counts.machines }),
		...(domains.length > 0 && { domain_failures: breakdowns.counts.domains }),
		...(maintained && {
			machines_maintained: maintained.counts.maintained,
			maintenance_missed: maintained.counts.missed,
		}),
		...(taskCrashes && { task_crashes: taskCrashes.count }),
	});
}
