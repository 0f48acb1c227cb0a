/**
 * Fills the cell before the simulation begins: jobs are drawn from workloads and put on nodes by a placement policy, until a
 * fraction of a resource is requested. Nobody decides in simulated time, and nothing of it is scheduling work.
 *
 * Divergence from the Omega paper (section 4): its simulations begin with the tasks of a real cell, sizes and places included, and
 * each ends when it did in reality. Here sizes are draws, places are a policy's, and a pod runs on for a whole run time
 * of its workload, or, with `residual`, for what is left of one at a random instant. (The released simulator lets a task whose
 * end is not in its file run until the end of the simulation, and stops at the first job that would cross the limit; here the
 * last job is cut to the pods that reach it.) A pod that loses its node starts anew and runs for as long again.
 */
import { Cell } from "../cell/cell.js";
import type { NodeId } from "../cell/ids.js";
import { Snapshot } from "../cell/snapshot.js";
import type { Random, RandomSource } from "../engine/random.js";
import { InputError } from "../objects/input-error.js";
import type { PriorityClass } from "../objects/priority-class.js";
import type { ResourceIndex } from "../objects/resources.js";
import type { NodeSpec } from "../objects/spec.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import { schedulers } from "../scheduling/schedulers/index.js";
import type { ImportReport, JobArrival, PodArrival } from "../workload/arrivals.js";
import { syntheticPods } from "../workload/synthetic/generate.js";
import type { Spec } from "./registries.js";
import type { Prefilled } from "./simulation.js";

export interface PrefillContext {
	readonly nodes: readonly NodeSpec[];
	/** What runs there already, and takes room from what is filled in. */
	readonly running: readonly Prefilled[];
	readonly random: RandomSource;
	readonly priorityClasses: readonly PriorityClass[];
	/** Hears of pods that fit nowhere, and of a fraction that was not reached. */
	readonly report: ImportReport;
}

/** Jobs in a row of which nothing could be placed, after which a workload is left as it is. */
const VAIN_JOBS = 1000;

/**
 * What `prefill` asks for, made anew whenever it is iterated over, with the same result. Every attribute draws from a stream of
 * its own, `prefill/<workload>/<attribute>`. InputError: the nodes have nothing of the resource.
 */
export function prefilled(
	spec: Spec,
	prefill: NonNullable<Spec["cluster"]["prefill"]>,
	context: PrefillContext,
): Iterable<Prefilled> {
	const { fraction, of, residual, placement } = prefill;
	const make = () => new Filling(context, of, schedulers.all.get(placement.name)!.create(placement.params));
	if (make().capacity === 0) throw new InputError(`cluster.prefill: the nodes have no '${of}' to fill`);
	const shares = prefill.workloads.reduce((sum, { share }) => sum + share, 0);
	return {
		*[Symbol.iterator]() {
			const filling = make();
			for (const { name, share } of prefill.workloads) {
				const workload = spec.workloads.find((other) => other.name === name)!;
				if ("source" in workload) throw new Error(`'${name}' is no generated workload`);
				const pods = syntheticPods(workload, context, { streams: "prefill", residual });
				yield* filling.fill(name, workload.sim.gang, pods, (fraction * share) / shares);
			}
		},
	};
}

/** A cell that is filled to see what goes where. */
class Filling {
	/** Of the resource, on all nodes. */
	readonly capacity: number;
	readonly #cell = new Cell({ nowUs: 0 });
	readonly #snapshot = new Snapshot(this.#cell);
	readonly #resource: ResourceIndex;
	readonly #scheduler: Scheduler;
	readonly #random: Random;
	readonly #report: ImportReport;

	constructor({ nodes, running, random, report }: PrefillContext, resource: string, scheduler: Scheduler) {
		for (const node of nodes) this.#cell.addNode(node);
		for (const { job, nodes: places } of running) this.#cell.place(job, places as readonly NodeId[]);
		this.#resource = this.#cell.resources.index(resource);
		this.#scheduler = scheduler;
		this.#random = random.stream("prefill/placement");
		this.#report = report;
		const offered = this.#cell.nodes.allocatable[this.#resource] ?? [];
		let capacity = 0;
		for (let node = 0; node < nodes.length; node++) capacity += offered[node] ?? 0;
		this.capacity = capacity;
	}

	/** Jobs of one workload until they request `fraction` of the capacity. */
	*fill(name: string, gang: boolean, draw: () => readonly PodArrival[], fraction: number): Generator<Prefilled> {
		let wanted = Math.round(fraction * this.capacity);
		let vain = 0;
		for (let number = 0; wanted > 0 && vain < VAIN_JOBS; number++) {
			const pods = this.#upTo(wanted, draw());
			const job = this.#place({ timeUs: 0, name: `prefill-${name}-${number}`, pods, gang });
			const dropped = pods.length - job.nodes.length;
			const placed = job.nodes.length * this.#requestOf(pods[0]!);
			wanted -= placed;
			vain = placed > 0 ? 0 : vain + 1;
			if (dropped > 0) this.#report.count(name, "prefilled pod fits no node", "dropped", job.job.name, dropped);
			if (job.nodes.length > 0) yield job;
		}
		if (wanted <= 0) return;
		const reached = (fraction - wanted / this.capacity).toFixed(4);
		const example = `${reached} requested where ${fraction.toFixed(4)} was asked for`;
		this.#report.count(name, `nothing of ${VAIN_JOBS} jobs could be prefilled`, "noted", example, VAIN_JOBS);
	}

	/** The first pods of a job, as many as it takes to request `wanted`. */
	#upTo(wanted: number, pods: readonly PodArrival[]): readonly PodArrival[] {
		const each = this.#requestOf(pods[0]!);
		return each === 0 ? pods : pods.slice(0, Math.ceil(wanted / each));
	}

	/** The request of a pod; all pods of a generated job have the same. */
	#requestOf({ spec }: PodArrival): number {
		const podClass = this.#cell.classes.intern(spec);
		this.#cell.classes.release(podClass);
		return podClass.request[this.#resource] ?? 0;
	}

	/** The job with those pods for which there is a node. */
	#place(arrival: JobArrival): Prefilled {
		const job = this.#cell.submit(arrival);
		const pods = job.pending.map((pod) => this.#cell.pod(pod));
		this.#snapshot.refresh();
		const { placements } = this.#scheduler.decide(pods, this.#snapshot, this.#random);
		this.#cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "incremental" });
		const nodes: NodeId[] = [];
		const placed: PodArrival[] = [];
		for (const pod of pods) {
			if (pod.node < 0) continue;
			nodes.push(pod.node);
			placed.push(pod.arrival);
		}
		for (const pod of [...job.pending]) this.#cell.endPod(pod, "abandoned");
		return { job: { ...arrival, pods: placed }, nodes };
	}
}
