/**
 * The Omega paper's released simulator (google/cluster-scheduler-simulator), written again from its rules: the oracle for
 * cellsim's replays of it. With `clock: "double"` it gives the golden runs exactly; with an integer clock it differs from
 * them by the rounding of times alone, which tells a difference of cellsim's clock from one of its decisions.
 *
 * It follows the simulator in what looks wrong, too: Mesos compares memory with cpus, one conflict wastes a whole think
 * time, coarse transactions trust the sequence numbers that they raised themselves.
 *
 * Divergence from the simulator: no generators of workloads (job lists and prefill are given) and no limit of wall-clock time.
 */
import type { OmegaGolden, OmegaResult, OmegaRun } from "./golden.js";
import { type JobState, jobOutcome, newJob, schedulerResult, workloadResult } from "./reference-jobs.js";
import { Allocator, Framework } from "./reference-mesos.js";
import { SerialScheduler, type TransactionMode } from "./reference-serial.js";
import { type ReferenceOptions, type ReferenceScheduler, World } from "./reference-world.js";

/** Repeats a run: its parameters, on the job list and prefill of its cell and seed. Its metrics are not looked at. */
export function simulateReference(golden: OmegaGolden, parameters: OmegaRun, options: ReferenceOptions): OmegaResult {
	const world = new World(golden, parameters, options);
	const { cell } = world;
	// Events are created in the simulator's order: equal times leave the agenda in an order that depends on it.
	for (const { machine, cpus, mem, endTime } of golden.prefillClaims(parameters.cell, parameters.seed)) {
		const claim = { machine, cpus, mem, sequence: cell.sequence(machine) };
		cell.apply(claim, "prefill");
		world.after(world.time(endTime), "task end", machine, () => cell.release(claim));
	}
	const prefill = { prefillCpus: cell.occupiedCpus, prefillMem: cell.occupiedMem };
	const { schedulers, allocator } = schedulersOf(world);
	const jobs = golden.jobs(parameters.cell, parameters.seed).map((job) => newJob(job, world.time(job.taskDuration)));
	jobs.forEach((state, i) => {
		const { id, submitted, workload } = state.job;
		const serving = schedulers.filter(({ desk }) => desk.serves.includes(workload));
		// Round robin over a counter that all workloads share and that is raised before use.
		const scheduler = serving[(i + 1) % serving.length]!;
		world.after(world.time(submitted), "arrival", id, () => scheduler.submit(state));
	});
	const samples = sampleFrom(world);
	world.after(0, "start", 0, () => {});
	const error = world.run();
	const { numSamples } = samples;
	const run: OmegaRun = {
		...parametersOf(parameters),
		ok: error === null,
		error,
		endTime: world.nowS,
		events: world.events,
		cpuUtil: samples.cpuUtil / numSamples,
		memUtil: samples.memUtil / numSamples,
		cpuLocked: samples.cpuLocked / numSamples,
		memLocked: samples.memLocked / numSamples,
		numSamples,
		...prefill,
		finalOccupiedCpus: cell.occupiedCpus,
		finalOccupiedMem: cell.occupiedMem,
		...(allocator ? offersOf(allocator, world) : {}),
		workloads: ["Batch", "Service"].map((name) => workloadResult(name, ofWorkload(jobs, name), world.second)),
		schedulers: [...schedulers].sort(byName).map(({ desk }) => schedulerResult(desk, world)),
	};
	return { run, outcomes: jobs.map((state) => jobOutcome(state, world.second)) };
}

function schedulersOf(world: World): { schedulers: readonly ReferenceScheduler[]; allocator?: Allocator } {
	const { arch, nBatchSched } = world.parameters;
	switch (arch) {
		case "mono-single":
		case "mono-multi":
			return { schedulers: [new SerialScheduler(world, "Monolithic", ["Batch", "Service"], null)] };
		case "mesos":
		case "mesos-min1": {
			const allocator = new Allocator(world, arch === "mesos" ? 100 : 1);
			const frameworks = ["Batch", "Service"].map((name) => new Framework(world, `Mesos${name}`, [name], allocator));
			return { schedulers: frameworks, allocator };
		}
		default: {
			const [, conflicts, transaction] = arch.split("-");
			const mode = { conflicts, transaction } as TransactionMode;
			const batch = Array.from({ length: nBatchSched }, (_, i) => `OmegaBatch-${i + 1}`);
			const schedulers = batch.map((name) => new SerialScheduler(world, name, ["Batch"], mode));
			return { schedulers: [...schedulers, new SerialScheduler(world, "OmegaService-1", ["Service"], mode)] };
		}
	}
}

/** Sums of shares of the cell, taken at every second from 0 on. */
interface Samples {
	numSamples: number;
	cpuUtil: number;
	memUtil: number;
	cpuLocked: number;
	memLocked: number;
}

function sampleFrom(world: World): Samples {
	const samples: Samples = { numSamples: 0, cpuUtil: 0, memUtil: 0, cpuLocked: 0, memLocked: 0 };
	const { cell } = world;
	const sample = () => {
		samples.numSamples++;
		samples.cpuUtil += cell.occupiedCpus / cell.totalCpus;
		samples.memUtil += cell.occupiedMem / cell.totalMem;
		samples.cpuLocked += cell.lockedCpus / cell.totalCpus;
		samples.memLocked += cell.lockedMem / cell.totalMem;
		world.after(world.time(1), "sample", 0, sample);
	};
	world.after(0, "sample", 0, sample);
	return samples;
}

function parametersOf({ cell, seed, arch, tJobService, tJobBatch, tTask, nBatchSched, blackListFrac }: OmegaRun) {
	return { cell, seed, arch, tJobService, tJobBatch, tTask, nBatchSched, blackListFrac };
}

function offersOf({ thinkTime, offersMade, offersOutstanding, minOffer }: Allocator, { second }: World) {
	return { allocTime: thinkTime / second, offersMade, offersOutstanding, minOffer };
}

function ofWorkload(jobs: readonly JobState[], name: string): readonly JobState[] {
	return jobs.filter(({ job }) => job.workload === name);
}

function byName(a: ReferenceScheduler, b: ReferenceScheduler): number {
	return a.desk.name < b.desk.name ? -1 : 1;
}
