/**
 * One trial of a compaction: how few machines are enough, or how much more fits, for one run of an experiment and one order in which
 * machines are taken away. Borg paper (EuroSys 2015), section 5.1; filling and inflation are the measures of Verma et al.,
 * "Evaluating job packing in warehouse-scale computing", CLUSTER 2014.
 *
 * Every draw comes from streams of `<seed>/trial-<n>`, so trials can be made in any order, anywhere.
 */
import { SeededRandomSource } from "../../engine/random.js";
import type { JobArrival } from "../../objects/arrival.js";
import { InputError } from "../../objects/input-error.js";
import { ImportReport } from "../../workload/arrivals.js";
import { assemble } from "../assemble.js";
import type { CompactionSpec } from "../file/compaction-schema.js";
import type { RunPlan } from "../plan.js";
import { checkpointOf } from "./checkpoint.js";
import { compactTogether } from "./compact.js";
import { groupsOf } from "./groups.js";
import { filled, inflatedMost } from "./growth.js";
import { addPacked, NOTHING_PACKED, type Packed, packedOf } from "./packed.js";
import { Packer } from "./packing.js";
import { PendingRule } from "./pending-rule.js";
import { transformed, type Workload } from "./transforms.js";

export interface TrialResult extends Packed {
	/** Machines of the original cell. */
	readonly originalMachines: number;
	/** Machines that the workload is packed on in the end, all cells together. */
	readonly machines: number;
	/** Cells that the workload is split into. */
	readonly cells: number;
	readonly jobs: number;
	readonly tasks: number;
	/** Tasks left out because no machine could run them, even empty: each would need a machine of its own, or stay pending. */
	readonly unplaceableTasks: number;
	/** Tasks left out because they name their one machine. */
	readonly machineBoundTasks: number;
	/** Tasks left out because they run in allocs, which are packed. */
	readonly allocTasks: number;
	/** Copies of the cell that the largest of the cells was cut from. */
	readonly clones: number;
	/** What fits beside the workload, over what the workload asks for: mean of CPU and memory; 0 for methods that add nothing. */
	readonly growth: number;
	/** Tasks added. */
	readonly addedTasks: number;
	/** Packings made. */
	readonly packings: number;
}

/** What all trials of a plan have in common. */
export interface TrialContext extends Workload {
	readonly options: CompactionSpec;
	readonly packer: Packer;
	readonly rule: PendingRule;
	/** The streams of the trial. */
	readonly random: SeededRandomSource;
}

/** Makes a trial, numbered from 0. InputError: the workload does not fit, more than one scheduler, files that cannot be read. `signal` breaks it off. */
export async function makeTrial(plan: RunPlan, trial: number, signal?: AbortSignal): Promise<TrialResult> {
	const prepared = await preparedFor(plan);
	const { assembled, workload, rule, machineBound, inAllocs, unplaceable, originalMachines } = prepared;
	const options = assembled.spec.compaction;
	const seed = `${plan.seed}/trial-${trial}`;
	const context: TrialContext = {
		...workload,
		options,
		rule,
		packer: new Packer(plan, assembled, seed, signal),
		random: new SeededRandomSource(seed),
	};
	const made = await METHODS[options.method](context);
	return {
		machines: originalMachines,
		cells: 1,
		clones: 1,
		growth: 0,
		addedTasks: 0,
		...made,
		originalMachines,
		jobs: workload.jobs.length,
		tasks: tasksOf(workload.jobs),
		unplaceableTasks: unplaceable,
		machineBoundTasks: machineBound,
		allocTasks: inAllocs,
		packings: context.packer.made,
	};
}

type Made = Packed & Partial<Pick<TrialResult, "machines" | "cells" | "clones" | "growth" | "addedTasks">>;

const METHODS: Readonly<Record<CompactionSpec["method"], (context: TrialContext) => Promise<Made>>> = {
	compact: compactAll,
	fill: filled,
	inflate: inflatedMost,
	pack: async ({ packer, nodes, jobs }) => packedOf(await packer.pack(nodes, jobs)),
};

/** Each cell compacted on its own. What may stay pending is a share of the whole workload, whichever cells it is in. */
async function compactAll(context: TrialContext): Promise<Made> {
	const { options, random, rule } = context;
	const allowed = rule.allowed(context.jobs);
	const groups = groupsOf(context, options.split, random.stream("compaction/jobs"));
	let packed: Packed = NOTHING_PACKED;
	let machines = 0;
	let clones = 1;
	for (const [g, jobs] of groups.entries()) {
		const compacted = await compactTogether(
			context,
			jobs,
			allowed - packed.pendingTasks,
			random.stream(`compaction/order/${g}`),
		);
		if (compacted === null) throw new InputError(tooLarge(context, jobs));
		machines += compacted.machines;
		clones = Math.max(clones, compacted.clones);
		packed = addPacked(packed, compacted.packed);
	}
	return { ...packed, machines, clones, cells: groups.length };
}

function tooLarge({ nodes, options: { clones } }: TrialContext, jobs: readonly JobArrival[]): string {
	const copies = clones === 1 ? "" : `, ${clones} times over`;
	return `${tasksOf(jobs)} tasks of ${jobs.length} jobs do not fit on the ${nodes.length} machines of the cell${copies}: raise spec.compaction.clones, or see with --method pack what stays pending`;
}

function tasksOf(jobs: readonly JobArrival[]): number {
	return jobs.reduce((sum, { pods }) => sum + pods.length, 0);
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Trials of one plan come one after the other: the last plan is all that is worth keeping. */
let last: { readonly key: string; readonly prepared: Promise<Prepared> } | null = null;

function preparedFor(plan: RunPlan): Promise<Prepared> {
	const key = JSON.stringify(plan);
	if (last?.key !== key) last = { key, prepared: prepare(plan) };
	return last.prepared;
}

async function prepare(plan: RunPlan) {
	const assembled = await assemble(plan, new ImportReport());
	const options = assembled.spec.compaction;
	const checkpoint = await checkpointOf(assembled, options.at);
	const all = transformed(checkpoint, options);
	const rule = new PendingRule(all.nodes, options);
	const jobs = withoutUnplaceable(all.jobs, rule);
	return {
		assembled,
		workload: { nodes: all.nodes, jobs },
		rule,
		machineBound: checkpoint.machineBound,
		inAllocs: checkpoint.inAllocs,
		unplaceable: tasksOf(all.jobs) - tasksOf(jobs),
		originalMachines: all.nodes.length,
	};
}

function withoutUnplaceable(jobs: readonly JobArrival[], rule: PendingRule): readonly JobArrival[] {
	return jobs.flatMap((job) => {
		const pods = job.pods.filter(({ spec }) => rule.fitsAnywhere(spec));
		return pods.length === 0 ? [] : [pods.length === job.pods.length ? job : { ...job, pods }];
	});
}
