/** Jobs of a synthetic workload, made as they are asked for. */
import { type DistributionSpec, mean, sampler, weightedPick } from "../../engine/distributions.js";
import type { RandomSource } from "../../engine/random.js";
import { residualSampler } from "../../engine/residual-life.js";
import { runsInAlloc } from "../../objects/alloc.js";
import { jobArrival } from "../../objects/arrival.js";
import { InputError } from "../../objects/input-error.js";
import { podSpecFromTemplate } from "../../objects/pod.js";
import type { PriorityClass } from "../../objects/priority-class.js";
import type { ResourceList } from "../../objects/resources.js";
import type { GpuRequest, PodSpec } from "../../objects/spec.js";
import type { ImportReport, JobArrival, PodArrival } from "../arrivals.js";
import { BATCH_JOBS } from "../merge.js";
import { arrivalTimes } from "./arrival.js";
import type { DrawnRequests, Shape, SyntheticWorkload } from "./schema.js";
import { type Draw, usageDrawer } from "./usage.js";

export interface SyntheticContext {
	readonly random: RandomSource;
	/** End of the experiment, microseconds, exclusive; Infinity if it has none. */
	readonly endUs: number;
	readonly priorityClasses?: readonly PriorityClass[];
	/** Hears of demands in the template that no simulation acts on. */
	readonly report?: ImportReport;
}

/**
 * Jobs in time order, in batches of at most 1,024, each time from the start. Every attribute draws from a stream of its own,
 * `workload/<name>/<attribute>`, so that another distribution of one never shifts the draws of another. Shape and requests are
 * drawn once a job, run time, usage and exit once a pod; the pods of an elastic job run equally long. Pods of one template or shape share one PodSpec; with drawn requests,
 * one facts object.
 *
 * InputError: nothing bounds the stream, or the template names an unknown priority class.
 */
export function* syntheticJobs(spec: SyntheticWorkload, context: SyntheticContext): Generator<readonly JobArrival[]> {
	const endUs = Math.min(spec.until ?? Infinity, context.endUs);
	const count = spec.count ?? Infinity;
	if (endUs === Infinity && count === Infinity) throw new InputError(neverEnds(spec.name));
	const nextUs = arrivalTimes(spec.arrival, context.random, `workload/${spec.name}/arrival`);
	const podsOf = syntheticPods(spec, context, { streams: "workload", residual: false });
	const { gang, elastic } = spec.sim;
	const mostWorkers =
		elastic === undefined ? null : sampler(elastic.maxWorkers, context.random.stream(`workload/${spec.name}/elastic`));
	let batch: JobArrival[] = [];
	for (let job = 0; job < count; job++) {
		const timeUs = Math.floor(nextUs());
		if (timeUs >= endUs) break;
		const pods = podsOf();
		context.report?.unmodelled(spec.name, spec.template.spec.unmodelled, `${spec.name}-${job}`, pods.length);
		const arrival = jobArrival(timeUs, `${spec.name}-${job}`, pods, gang);
		const workers = mostWorkers === null ? null : Math.max(pods.length, Math.round(mostWorkers()));
		batch.push(workers === null ? arrival : { ...arrival, maxWorkers: workers });
		if (batch.length < BATCH_JOBS) continue;
		yield batch;
		batch = [];
	}
	if (batch.length > 0) yield batch;
}

/** The complaint about a workload without a bound. */
export function neverEnds(name: string): string {
	return `workload '${name}' never ends: give it count or until, or the experiment an end`;
}

export interface PodOptions {
	/** What the names of the random streams begin with: `<streams>/<workload>/<attribute>`. */
	readonly streams: string;
	/**
	 * Pods as they are met at some instant, rather than as they arrive: shapes by weight x mean run time, and run times are what
	 * is left of them. Every run time must have a residual life (`hasResidualLife`).
	 */
	readonly residual: boolean;
}

/** Makes the pods of one job after the other. */
export function syntheticPods(
	workload: SyntheticWorkload,
	context: Pick<SyntheticContext, "random" | "priorityClasses">,
	{ streams, residual }: PodOptions,
): () => readonly PodArrival[] {
	const { sim } = workload;
	const stream = (attribute: string) => context.random.stream(`${streams}/${workload.name}/${attribute}`);
	const draw = (attribute: string, spec: DistributionSpec) => sampler(spec, stream(attribute));
	const podCount = draw("pods", workload.pods);
	const template = withAlloc(podSpecFromTemplate(workload.template, context.priorityClasses ?? []), sim);
	const weight = (shape: Shape) => shape.weight * (residual ? mean(shape.duration ?? sim.duration)! : 1);
	const sized = sizer(template, sim.limits);
	const shapes = shapeDrawer(sim.shapes, template, sized, weight, stream("shape"));
	const requests = sim.requests === undefined ? null : specDrawer(sim.requests, template, sized, draw);
	const plain = sim.limits === undefined ? template : sized(template);
	const durations = stream("duration");
	const durationSampler = residual ? residualSampler : sampler;
	const commonDuration = durationSampler(sim.duration, durations);
	const shapeDurations = sim.shapes?.map((shape) =>
		shape.duration === undefined ? commonDuration : durationSampler(shape.duration, durations),
	);
	const drawUsage = usageDrawer(sim.usage, draw);
	const exits = stream("exit");
	const failedFraction = sim.exit?.failedFraction ?? 0;
	return () => {
		const shape = shapes === null ? -1 : shapes.pick();
		const spec = shapes !== null ? shapes.specs[shape]! : requests !== null ? requests() : plain;
		const drawDuration = shapeDurations?.[shape] ?? commonDuration;
		const ofJob = sim.elastic === undefined ? null : drawDuration();
		const count = Math.max(1, Math.round(podCount()));
		const pods: PodArrival[] = [];
		for (let i = 0; i < count; i++) {
			const { cpuFraction, memoryFraction, usage } = drawUsage(spec);
			pods.push({
				name: null,
				spec,
				durationUs: wholeMicroseconds(ofJob ?? drawDuration()),
				exit: failedFraction > 0 && exits.next() < failedFraction ? "failed" : "succeeded",
				// What is used of an alloc is used by those in it.
				cpuUsageFraction: sim.allocSet === undefined ? cpuFraction : 0,
				memoryUsageFraction: sim.allocSet === undefined ? memoryFraction : 0,
				observedStartUs: Number.NaN,
				censored: false,
				...(usage !== null && { usage }),
			});
		}
		return pods;
	};
}

/** The template of pods that are allocs, or that run in some. */
function withAlloc(pod: PodSpec, { allocSet, inAllocSet }: SyntheticWorkload["sim"]): PodSpec {
	const { facts, requests, gpu } = pod;
	if (allocSet !== undefined) return { facts: { ...facts, alloc: allocSet }, requests, gpu };
	return inAllocSet === undefined ? pod : { ...pod, facts: runsInAlloc(facts, inAllocSet) };
}

/** Beyond 142 years a run time is as good as for ever, and sums with the time of day stay exact. */
const LONGEST_US = 2 ** 52;

function wholeMicroseconds(us: number): number {
	return us < LONGEST_US ? Math.round(us) : Infinity;
}

/**
 * Gives a pod of other requests than its template the containers to go with them: a sole container gets the requests, and limits in
 * proportion; a pod of several is known by the sum of their requests alone.
 */
function sizer({ run }: PodSpec, limits: LimitFactors | undefined): (pod: Omit<PodSpec, "run">) => PodSpec {
	const [sole, ...others] = run?.containers ?? [];
	return ({ facts, requests, gpu }) => {
		if (run === undefined || sole === undefined || others.length > 0) return { facts, requests, gpu };
		const container = {
			...sole,
			requests,
			limits: limits ? limitsOf(requests, limits) : raised(sole.limits, requests),
		};
		return { facts, requests, gpu, run: { ...run, containers: [container] } };
	};
}

type LimitFactors = NonNullable<SyntheticWorkload["sim"]["limits"]>;

function limitsOf(requests: ResourceList, factors: LimitFactors): ResourceList {
	const limits: Record<string, number> = {};
	for (const resource of ["cpu", "memory"] as const) {
		const [request, factor] = [requests[resource], factors[resource]];
		if (request !== undefined && factor !== undefined) limits[resource] = Math.round(request * factor);
	}
	return limits;
}

/** The limits of a template, where the requests stay below them. */
function raised(limits: ResourceList, requests: ResourceList): ResourceList {
	return Object.fromEntries(
		Object.entries(limits).map(([resource, limit]) => [resource, Math.max(limit, requests[resource] ?? 0)]),
	);
}

type Sizer = ReturnType<typeof sizer>;

function shapeDrawer(
	shapes: readonly Shape[] | undefined,
	template: PodSpec,
	sized: Sizer,
	weight: (shape: Shape) => number,
	random: ReturnType<RandomSource["stream"]>,
) {
	if (shapes === undefined) return null;
	const specs = shapes.map((shape): PodSpec => {
		const { className, gpu = template.gpu } = shape;
		const facts = className === undefined ? template.facts : { ...template.facts, className };
		return sized({ facts, requests: withoutZeros({ ...template.requests, ...shape.requests }), gpu });
	});
	return { specs, pick: weightedPick(shapes.map(weight), random) };
}

/** Each resource draws from its own stream. */
function specDrawer(requests: DrawnRequests, template: PodSpec, sized: Sizer, draw: Draw): () => PodSpec {
	const { gpu, roundTo = {}, ...amounts } = requests;
	const drawn = Object.entries(amounts)
		.filter((entry): entry is [string, DistributionSpec] => entry[1] !== undefined)
		.map(([resource, spec]) => ({ resource, step: roundTo[resource] ?? 1, next: draw(`requests/${resource}`, spec) }));
	const drawGpu = gpu === undefined ? () => template.gpu : gpuDrawer(gpu, draw);
	return () => {
		const list: Record<string, number> = { ...template.requests };
		for (const { resource, step, next } of drawn) list[resource] = inSteps(next(), step);
		return sized({ facts: template.facts, requests: withoutZeros(list), gpu: drawGpu() });
	};
}

function gpuDrawer(gpu: NonNullable<DrawnRequests["gpu"]>, draw: Draw): () => GpuRequest | null {
	const nextCount = draw("requests/gpu/count", gpu.count);
	const nextMilli = draw("requests/gpu/milli", gpu.milli);
	const { models } = gpu;
	return () => {
		const count = Math.round(nextCount());
		const milli = Math.min(1000, Math.max(1, Math.round(nextMilli())));
		return count === 0 ? null : { count, milli: count === 1 ? milli : 1000, models };
	};
}

/** Nearest multiple of `step`; with a step other than 1 at least one, so that rounding never makes a request vanish. */
function inSteps(amount: number, step: number): number {
	const steps = Math.round(Math.min(amount, Number.MAX_SAFE_INTEGER) / step);
	return step === 1 ? steps : Math.max(1, steps) * step;
}

function withoutZeros(list: ResourceList): ResourceList {
	const kept: Record<string, number> = {};
	for (const resource in list) if (list[resource]! > 0) kept[resource] = list[resource]!;
	return kept;
}
