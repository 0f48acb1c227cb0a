/**
 * How the kernel divides the time of each CPU on its own, for threads that are tied to CPUs (cpusets, affinity): on a CPU a group
 * weighs its weight x (its load there / its whole load). Without ties `divideCpu` is as good and simpler.
 *
 * Source: group weights and the load balancer of the fair scheduler (kernel/sched/fair.c of Linux).
 *
 * Divergence from Linux: threads are fluid. Those with more than one CPU to run on are spread so that the weighted loads of
 * their CPUs are level, which is what the load balancer works towards in steps, and may be split between CPUs. A CPU that would idle takes
 * at once what waits elsewhere and may run on it. A group's quota is divided among CPUs in proportion to what it would get there
 * without it, for all its threads run until it is used up.
 */
import { type CpuGrant, type CpuGroup, quotaCpu, shareByWeight, threadDemand, usableCpu } from "./cpu-tree.js";
import { level } from "./level.js";
import { SHARES_PER_CPU } from "./weights.js";

export interface PerCpuGrant extends CpuGrant {
	/** What the group gets on each CPU, with all below it. */
	readonly byCpu: readonly number[];
	readonly children: readonly PerCpuGrant[];
}

/** A group, or equal threads of one, with what is known of it on each CPU. */
interface Entity {
	/** Null for threads. */
	readonly group: CpuGroup | null;
	readonly children: readonly Entity[];
	/** Of the group, or of one thread. */
	readonly weight: number;
	/** Threads: CPUs that each wants; 1 for groups. */
	readonly demandEach: number;
	/** CPUs that it may use in all: its quota, or the demand of the threads together. */
	readonly limit: number;
	/** Threads: where they may run. */
	readonly cpus: readonly number[];
	/** What a CPU of its demand adds to the load that the balancer levels. */
	readonly loadPerCpu: number;
	readonly on: readonly EntityOnCpu[];
}

interface EntityOnCpu {
	/** How much of the demand below is here. */
	placed: number;
	/** Weight here while something of it runs here; a division of the CPU goes by it. */
	weight: number;
	/** The same over time, with the pauses. */
	load: number;
	/** The part of its quota that it may use here. */
	quota: number;
	granted: number;
}

/** Loads are level to far below a percent after so many. */
const BALANCING_ROUNDS = 30;

/**
 * As `divideCpu`, for `capacities[c]` of each CPU c; 1 is all of its time. Error if threads are tied to no CPU, or to one that is
 * not there.
 */
export function dividePerCpu(
	root: CpuGroup,
	capacities: readonly number[],
	threadWeight: number = SHARES_PER_CPU,
): PerCpuGrant {
	const top = groupEntity(root, 1, { cpus: capacities.length, threadWeight });
	placeThreads(top, capacities);
	weigh(top);
	divideWithinQuotas(top, capacities);
	fillIdleTime(top, capacities);
	return grantOf(top, root);
}

interface Machine {
	readonly cpus: number;
	readonly threadWeight: number;
}

/** `load`: the part of all load that comes from this group. */
function groupEntity(group: CpuGroup, load: number, machine: Machine): Entity {
	const loads = [
		...group.children.map((child) => child.weight * Math.min(1, usableCpu(child))),
		...group.threads.map((threads) => machine.threadWeight * threadDemand(threads)),
	];
	const whole = sum(loads);
	const part = (i: number) => (whole === 0 ? 0 : (load * loads[i]!) / whole);
	const own = group.threads.map((threads, i): Entity => {
		const limit = threadDemand(threads);
		return {
			group: null,
			children: [],
			weight: machine.threadWeight,
			demandEach: Math.min(1, threads.demand),
			limit,
			cpus: checkedCpus(group, threads.cpus, machine.cpus),
			loadPerCpu: limit === 0 ? 0 : part(group.children.length + i) / limit,
			on: onEachCpu(machine),
		};
	});
	return {
		group,
		children: [...group.children.map((child, i) => groupEntity(child, part(i), machine)), ...own],
		weight: group.weight,
		demandEach: 1,
		limit: quotaCpu(group),
		cpus: [],
		loadPerCpu: 0,
		on: onEachCpu(machine),
	};
}

function onEachCpu({ cpus }: Machine): EntityOnCpu[] {
	return Array.from({ length: cpus }, () => ({
		placed: 0,
		weight: 0,
		load: 0,
		quota: Number.POSITIVE_INFINITY,
		granted: 0,
	}));
}

function checkedCpus(group: CpuGroup, cpus: readonly number[] | null, count: number): readonly number[] {
	if (cpus === null) return Array.from({ length: count }, (_, c) => c);
	if (cpus.length === 0 || cpus.some((c) => !Number.isInteger(c) || c < 0 || c >= count))
		throw new Error(`threads of group '${group.name}' are tied to CPUs [${cpus}]; there are CPUs 0 to ${count - 1}`);
	return [...new Set(cpus)];
}

/** Spreads threads over their CPUs so that the loads, relative to capacity, are as level as the ties allow. */
function placeThreads(top: Entity, capacities: readonly number[]): void {
	const loads = capacities.map(() => 0);
	const put = ({ on, loadPerCpu }: Entity, cpu: number, demand: number) => {
		loads[cpu]! += (demand - on[cpu]!.placed) * loadPerCpu;
		on[cpu]!.placed = demand;
	};
	const threads = everyEntity(top).filter(({ group }) => group === null);
	for (const entity of threads) for (const cpu of entity.cpus) put(entity, cpu, entity.limit / entity.cpus.length);
	const free = threads.filter(({ cpus, loadPerCpu }) => cpus.length > 1 && loadPerCpu > 0);
	for (let round = 0; round < BALANCING_ROUNDS; round++) {
		for (const entity of free) {
			const { cpus, loadPerCpu } = entity;
			for (const cpu of cpus) put(entity, cpu, 0);
			const vessels = cpus.map((cpu) => ({ width: capacities[cpu]!, filled: loads[cpu]! }));
			level(entity.limit * loadPerCpu, vessels).forEach((load, i) => {
				put(entity, cpus[i]!, load / loadPerCpu);
			});
		}
	}
}

/** Sets what each group weighs on each CPU, from the threads up. */
function weigh({ group, children, weight, demandEach, on }: Entity): void {
	for (const child of children) weigh(child);
	const running = on.map((_, cpu) => sum(children.map((child) => child.on[cpu]!.weight)));
	const loads = on.map((_, cpu) => sum(children.map((child) => child.on[cpu]!.load)));
	const whole = sum(loads);
	on.forEach((here, cpu) => {
		if (group === null) {
			here.weight = here.placed === 0 ? 0 : (weight * here.placed) / demandEach;
			here.load = weight * here.placed;
			return;
		}
		here.placed = sum(children.map((child) => child.on[cpu]!.placed));
		const elsewhere = whole - loads[cpu]!;
		here.weight = here.placed === 0 ? 0 : (weight * running[cpu]!) / (running[cpu]! + elsewhere);
		here.load = here.weight * Math.min(1, here.placed);
	});
}

/** Divides each CPU; who got more than its quota in all is held to it on each CPU, and the CPUs are divided again. */
function divideWithinQuotas(top: Entity, capacities: readonly number[]): void {
	const entities = everyEntity(top);
	const held = new Set<Entity>();
	for (;;) {
		for (const { on } of entities) for (const here of on) here.granted = 0;
		capacities.forEach((capacity, cpu) => {
			const limit = (entity: Entity): number => {
				const { placed, quota } = entity.on[cpu]!;
				return entity.group === null ? placed : Math.min(quota, sum(entity.children.map(limit)));
			};
			divideOne(top, cpu, capacity, limit);
		});
		const above = entities.filter((entity) => entity.group && !held.has(entity) && grantedTo(entity) > entity.limit);
		if (above.length === 0) return;
		for (const entity of above) {
			const scale = entity.limit / grantedTo(entity);
			for (const here of entity.on) here.quota = here.granted * scale;
			held.add(entity);
		}
	}
}

/** Gives the idle time of each CPU to threads that wait elsewhere and may run on it, within the quotas above them. */
function fillIdleTime(top: Entity, capacities: readonly number[]): void {
	capacities.forEach((capacity, cpu) => {
		const idle = capacity - top.on[cpu]!.granted;
		const limit = (entity: Entity): number => {
			const left = Math.max(0, entity.limit - grantedTo(entity));
			if (entity.group === null) return entity.cpus.includes(cpu) ? left : 0;
			return Math.min(left, sum(entity.children.map(limit)));
		};
		if (idle > 0) divideOne(top, cpu, idle, limit);
	});
}

/** Divides an amount of one CPU among everything below, none above its limit, and adds it to what they have there. */
function divideOne(entity: Entity, cpu: number, amount: number, limit: (entity: Entity) => number): void {
	const given = Math.min(amount, limit(entity));
	entity.on[cpu]!.granted += given;
	// What has nothing placed here comes in with its whole weight, when it is asked in.
	const sharers = entity.children
		.map((child) => ({ child, limit: limit(child), weight: child.on[cpu]!.weight || child.weight }))
		.filter((sharer) => sharer.limit > 0);
	const shares = shareByWeight(sharers, given);
	sharers.forEach(({ child }, i) => {
		divideOne(child, cpu, shares[i]!, limit);
	});
}

function grantOf(entity: Entity, group: CpuGroup): PerCpuGrant {
	const own = sum(entity.children.filter((child) => child.group === null).map(grantedTo));
	const children = entity.children.flatMap((child) => (child.group === null ? [] : [grantOf(child, child.group)]));
	const byCpu = entity.on.map(({ granted }) => granted);
	return { group, total: sum(byCpu), own, byCpu, children };
}

function grantedTo({ on }: Entity): number {
	return sum(on.map(({ granted }) => granted));
}

function everyEntity(entity: Entity): Entity[] {
	return [entity, ...entity.children.flatMap(everyEntity)];
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
