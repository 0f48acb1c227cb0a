/** The jobs of a synthetic Borg cell: who, how many tasks, what they ask for, what they use. Numbers: workloads/borg/README.md. */
import { sampler } from "../../engine/distributions.js";
import type { Random, RandomSource } from "../../engine/random.js";
import { MONITORING_PRIORITY } from "../../objects/priority-band.js";
import type { BorgCellParams } from "./borg-cell-schema.js";
import type { Machine } from "./borg-machines.js";

const MIB = 2 ** 20;

/** Published (Borg paper, section 5.2 and the text on figure 8 and 11): of what is allocated, production has so much. */
const PRODUCTION_CPU = 0.7;
const PRODUCTION_MEMORY = 0.55;
/** Published: 20 % of the tasks below production ask for less than 0.1 cores. */
const SMALL_CPU_MILLI = 100;
/** The 20 % quantile of a standard normal variable. */
const SMALL_QUANTILE = -0.841_621_233_572_914_3;

/** Our choices: standard deviations of the logarithms of requests. */
const SIGMA = { production: 1, other: 1.4, memoryPerCore: 1 };
/** Our choice: at least so many of the tasks are production, whatever the machines are like. */
const LEAST_PRODUCTION_TASKS = 0.3;
/** Our choice: two tasks of any size could be run by this share of the machines. */
const COMMON = 0.5;
const TASKS_OF_ANY_SIZE = 2;
/** Published: no sweet spots, somewhat more whole cores; how many is our choice. */
const WHOLE_CORES = 0.05;
/** Our choice: the tail index of tasks per job, and the largest job over machines. */
const TASKS_SHAPE = 1;
const LARGEST_JOB = 0.5;
/** Our choice: jobs of production that are monitoring. */
const MONITORING = 0.02;
const PRIORITIES = { production: [200, 250, 300], other: [110, 115, 25, 50] };

/**
 * Mean usage over request, uniform per job. Published: production has 60 % of the CPU and 85 % of the memory used; 35 % and 70 % for
 * production are our choice, made for e17, and the rest follows.
 */
const USAGE = {
	production: { cpu: [0.175, 0.525], memory: [0.6, 0.8] },
	other: { cpu: [0.272, 0.816], memory: [0.05, 0.25] },
} as const;

/** A demand on a node label. */
export interface Need {
	readonly label: string;
	readonly value: string;
}

export interface DrawnJob {
	readonly user: number;
	readonly priority: number;
	readonly tasks: number;
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	/** Mean use over request. */
	readonly cpuUsage: number;
	readonly memoryUsage: number;
	/** What its machines must have; null for nothing. */
	readonly needs: Need | null;
}

type Kind = "production" | "other";

/** Production, then the rest; each until it asks for its share of the CPU, its memory scaled to its share. */
export function drawJobs(
	machines: readonly Machine[],
	params: BorgCellParams,
	source: RandomSource,
): readonly DrawnJob[] {
	const cpuMilli = sum(machines, (machine) => machine.cpuMilli) * params.allocation;
	const memoryBytes = sum(machines, (machine) => machine.memoryBytes) * params.allocation;
	const otherMean = meanOfOther();
	const otherTasks = ((1 - PRODUCTION_CPU) * cpuMilli) / otherMean;
	const tasks = machines.length * params.tasksPerMachine;
	const productionTasks = Math.max(LEAST_PRODUCTION_TASKS * tasks, tasks - otherTasks);
	const production = {
		cpuMilli: PRODUCTION_CPU * cpuMilli,
		memoryBytes: PRODUCTION_MEMORY * memoryBytes,
		meanMilli: (PRODUCTION_CPU * cpuMilli) / productionTasks,
	};
	const other = {
		cpuMilli: (1 - PRODUCTION_CPU) * cpuMilli,
		memoryBytes: (1 - PRODUCTION_MEMORY) * memoryBytes,
		meanMilli: otherMean,
	};
	const context = { machines, params, source, largest: largestTask(machines) };
	return [...jobsOf("production", production, context), ...jobsOf("other", other, context)];
}

interface Share {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	/** What a task asks for on average, before bounds. */
	readonly meanMilli: number;
}

interface Size {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
}

interface Context {
	readonly machines: readonly Machine[];
	readonly params: BorgCellParams;
	readonly source: RandomSource;
	readonly largest: Size;
}

function jobsOf(kind: Kind, share: Share, { machines, params, source, largest }: Context): readonly DrawnJob[] {
	const stream = (attribute: string) => source.stream(`${kind}/${attribute}`);
	const most = Math.max(2, Math.floor(LARGEST_JOB * machines.length));
	const tasks = sampler({ dist: "pareto", shape: TASKS_SHAPE, min: 1, max: most }, stream("tasks"));
	const cpu = truncated(
		sampler({ dist: "lognormal", mean: share.meanMilli, sigma: SIGMA[kind] }, stream("cpu")),
		largest.cpuMilli,
	);
	const perCore = sampler({ dist: "lognormal", median: 1, sigma: SIGMA.memoryPerCore }, stream("memory"));
	const [usedCpu, usedMemory] = [stream("usage/cpu"), stream("usage/memory")];
	const [whole, priority] = [stream("whole-cores"), stream("priority")];
	const jobs: DrawnJob[] = [];
	const rawMemory: number[] = [];
	for (let asked = 0; asked < share.cpuMilli; ) {
		const drawn = Math.max(1, Math.round(cpu()));
		const cpuMilli = whole.next() < WHOLE_CORES ? Math.min(largest.cpuMilli, 1000 * Math.ceil(drawn / 1000)) : drawn;
		const count = Math.min(Math.floor(tasks()), Math.ceil((share.cpuMilli - asked) / cpuMilli));
		asked += count * cpuMilli;
		rawMemory.push(cpuMilli * perCore());
		jobs.push({
			user: 0,
			priority: priorityOf(kind, priority.next()),
			tasks: count,
			cpuMilli,
			memoryBytes: 0,
			cpuUsage: within(USAGE[kind].cpu, usedCpu.next()),
			memoryUsage: within(USAGE[kind].memory, usedMemory.next()),
			needs: null,
		});
	}
	const memory = scaledMemory(rawMemory, jobs, share.memoryBytes, largest.memoryBytes);
	const user = usersBySize(params.users, share.cpuMilli, stream("user"));
	return jobs.map((job, i) => ({ ...job, memoryBytes: memory[i]!, user: user(job.tasks * job.cpuMilli) }));
}

/**
 * Draws the user of one job after the other, given what it asks for, so that the n-th user comes to 1/n of what the first has: with
 * a chance in proportion to what is left until then.
 */
function usersBySize(users: number, total: number, random: Random): (size: number) => number {
	const harmonic = Array.from({ length: users }, (_, rank) => 1 / (rank + 1)).reduce((all, part) => all + part, 0);
	const left = Array.from({ length: users }, (_, rank) => total / (harmonic * (rank + 1)));
	return (size) => {
		const weights = left.map((amount) => Math.max(0, amount));
		let drawn = random.next() * weights.reduce((all, weight) => all + weight, 0);
		let user = 0;
		while (user < users - 1 && drawn >= weights[user]!) drawn -= weights[user++]!;
		left[user]! -= size;
		return user;
	};
}

/** The mean of a log-normal variable of which 20 % lie below 0.1 cores. */
function meanOfOther(): number {
	const median = SMALL_CPU_MILLI * Math.exp(-SMALL_QUANTILE * SIGMA.other);
	return median * Math.exp(SIGMA.other ** 2 / 2);
}

/** Sizes in proportion to `raw`, whole MiB within bounds, so that the tasks of all jobs ask for `total` as nearly as can be. */
function scaledMemory(
	raw: readonly number[],
	jobs: readonly DrawnJob[],
	total: number,
	most: number,
): readonly number[] {
	const at = (factor: number) => raw.map((size) => MIB * Math.round(Math.min(most / MIB, Math.max(8, factor * size))));
	const asked = (factor: number) => at(factor).reduce((all, size, i) => all + size * jobs[i]!.tasks, 0);
	let [low, high] = [0, 1];
	while (asked(high) < total && high < 2 ** 40) [low, high] = [high, 2 * high];
	for (let step = 0; step < 40; step++) {
		const middle = (low + high) / 2;
		if (asked(middle) < total) low = middle;
		else high = middle;
	}
	return at(high);
}

function priorityOf(kind: Kind, drawn: number): number {
	if (kind === "production" && drawn < MONITORING) return MONITORING_PRIORITY;
	const among = PRIORITIES[kind];
	const left = kind === "production" ? (drawn - MONITORING) / (1 - MONITORING) : drawn;
	return among[Math.min(among.length - 1, Math.floor(left * among.length))]!;
}

/** Draws again what is too large, so that nothing piles up at the bound. */
function truncated(draw: () => number, most: number): () => number {
	return () => {
		let drawn = draw();
		while (drawn > most) drawn = draw();
		return drawn;
	};
}

/** The largest task, in the proportions of the most that any machine has of CPU and of memory. */
function largestTask(machines: readonly Machine[]): Size {
	const [cpu, memory] = [most(machines, (m) => m.cpuMilli), most(machines, (m) => m.memoryBytes)];
	const sizes = machines.map((m) => Math.min(m.cpuMilli / cpu, m.memoryBytes / memory)).sort((a, b) => b - a);
	const size = sizes[Math.ceil(COMMON * sizes.length) - 1]! / TASKS_OF_ANY_SIZE;
	return { cpuMilli: Math.floor(size * cpu), memoryBytes: Math.floor(size * memory) };
}

function within([low, high]: readonly [number, number], drawn: number): number {
	return low + (high - low) * drawn;
}

function sum(machines: readonly Machine[], of: (machine: Machine) => number): number {
	return machines.reduce((all, machine) => all + of(machine), 0);
}

function most(machines: readonly Machine[], of: (machine: Machine) => number): number {
	return machines.reduce((all, machine) => Math.max(all, of(machine)), 0);
}
