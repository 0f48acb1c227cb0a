/**
 * How much more fits in a cell than runs there: by filling it up beside the workload, or by packing a larger workload from scratch
 * (workload inflation). What is added are jobs drawn among those there are, with replacement.
 */
import type { Random } from "../../engine/random.js";
import type { JobArrival } from "../../objects/arrival.js";
import { InputError } from "../../objects/input-error.js";
import { Demand, offeredBy } from "./bounds.js";
import { type Packed, packedOf } from "./packed.js";
import { binarySearch, remembered } from "./search.js";
import { inflated } from "./transforms.js";
import type { TrialContext } from "./trial.js";

export interface Grown extends Packed {
	readonly growth: number;
	readonly addedTasks: number;
}

/** Packs the workload, then adds one job after the other until a task of one finds no machine. That job does not count. */
export async function filled(context: TrialContext): Promise<Grown> {
	const { nodes, jobs, packer, rule, random } = context;
	const added = extraJobs(context, random.stream("compaction/extra")).map((job, i) => ({ ...job, timeUs: i + 1 }));
	const allowed = rule.allowed(jobs);
	const verdict = rule.verdict(allowed);
	const packing = await packer.pack(nodes, [...jobs, ...added], {
		unplaced: (pod) => pod.job.ordinal < jobs.length && verdict.unplaced(pod),
	});
	const beside = packing.jobs.slice(jobs.length);
	const pending = new Map([...packing.pending].filter(([job]) => job.ordinal < jobs.length));
	const failedBefore = packing.brokenOff && beside.length === 0;
	if (failedBefore || !rule.accepts({ ...packing, brokenOff: false, pending }, allowed))
		throw new InputError(DOES_NOT_FIT);
	const refused = beside.findIndex((job) => packing.pending.has(job));
	const fitting = refused < 0 ? beside.length : refused;
	return { ...packedOf({ ...packing, pending }), ...grown(jobs, added.slice(0, fitting)) };
}

const DOES_NOT_FIT =
	"the workload does not fit in the cell as it is, so that nothing can be added: see with --method pack what stays pending";

/** The most jobs that can be added, or the largest factor, so that everything can still be packed from scratch. */
export async function inflatedMost(context: TrialContext): Promise<Grown> {
	const { nodes, jobs, options, packer, rule, random } = context;
	const vertical = options.growth === "vertical";
	const extra = vertical ? [] : extraJobs(context, random.stream("compaction/extra"));
	const workload = (size: number) => (vertical ? inflated(jobs, 1 + size / 100) : [...jobs, ...extra.slice(0, size)]);
	const most = vertical ? mostPercent(context) : extra.length;
	const packings = new Map<number, Packed>();
	// Counted from the bound downwards, the answer is the first that fits.
	const enough = remembered(async (below) => {
		const larger = workload(most - below);
		const allowed = rule.allowed(larger);
		const packing = await packer.pack(nodes, larger, rule.verdict(allowed));
		const fits = rule.accepts(packing, allowed);
		if (fits) packings.set(below, packedOf(packing));
		return fits;
	});
	const step = Math.max(1, Math.ceil(FIRST_STEP * most));
	const below = await binarySearch(enough, { low: 0, high: most, step });
	if (below === null) throw new InputError(DOES_NOT_FIT);
	const size = most - below;
	const packed = packings.get(below)!;
	return vertical
		? { ...packed, growth: size / 100, addedTasks: 0 }
		: { ...packed, ...grown(jobs, extra.slice(0, size)) };
}

const FIRST_STEP = 0.02;

/** Jobs drawn until they and the workload would ask for more than there is. */
function extraJobs({ nodes, jobs, rule }: TrialContext, random: Random): readonly JobArrival[] {
	const offered = offeredBy(nodes);
	const demand = new Demand(jobs, rule.allowed(jobs));
	const extra: JobArrival[] = [];
	if (jobs.length === 0) return extra;
	for (;;) {
		const job = jobs[random.integer(jobs.length)]!;
		demand.add(job);
		if (demand.exceeds(offered)) return extra;
		extra.push({ ...job, name: `${job.name}-extra-${extra.length}` });
	}
}

/** The largest whole percentage by which all requests can grow with what the cell offers in all. */
function mostPercent({ nodes, jobs, rule }: TrialContext): number {
	const offered = offeredBy(nodes);
	const demand = new Demand(jobs, rule.allowed(jobs));
	let percent = 0;
	while (!demand.times(1 + (percent + 1) / 100).exceeds(offered)) percent++;
	return percent;
}

function grown(jobs: readonly JobArrival[], added: readonly JobArrival[]) {
	const shares = ["cpu", "memory"].map((resource) => amountOf(added, resource) / amountOf(jobs, resource));
	const known = shares.filter(Number.isFinite);
	return {
		growth: known.length === 0 ? 0 : known.reduce((sum, share) => sum + share, 0) / known.length,
		addedTasks: added.reduce((sum, { pods }) => sum + pods.length, 0),
	};
}

function amountOf(jobs: readonly JobArrival[], resource: string): number {
	let sum = 0;
	for (const { pods } of jobs) for (const { spec } of pods) sum += spec.requests[resource] ?? 0;
	return sum;
}
