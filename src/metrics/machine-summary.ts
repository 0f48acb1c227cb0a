/**
 * What machines in full add to the summary of a run: how much of what was asked for is used, who had to wait or was throttled,
 * and who was killed. Rates are per pod-week of running, as the Borg paper gives them (EuroSys 2015, figure 3). Without such machines there
 * is nothing to say.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener, EndReason } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { UsageTable } from "../cell/usage-columns.js";
import type { SimTime } from "../engine/time.js";
import type { PodRun } from "../objects/pod-run.js";
import { CPU, MEMORY, type ResourceList } from "../objects/resources.js";
import type { PodUsage } from "../objects/usage.js";
import { sorted } from "./distribution.js";
import { RunQueueWaits } from "./run-queue-wait.js";
import { slug } from "./slug.js";

type Put = (name: string, value: number) => void;

const WEEK_US = 7 * 86_400_000_000;

/** Sums over the pods of a class. */
class Account {
	runUs = 0;
	wantedUs = 0;
	throttledUs = 0;
	waitingUs = 0;
	pressureUs = 0;
	quotaPeriods = 0;
	throttledPeriods = 0;
	stoppedUs = 0;
	restarts = 0;
	oomKills = 0;
	/** Pods that were killed more than once. */
	killedAgain = 0;
	/** Pods that demand process ids, forks that were refused, and pods to which that happened. */
	forking = 0;
	refusedForks = 0;
	limitedPods = 0;
	/** Pods that demand GPU memory, and containers that died for want of it. */
	allocating = 0;
	gpuMemoryFailures = 0;
	finished = 0;
	slowdown = 0;
}

const NO_ACCOUNTS: readonly Account[] = [];

/** Sums over samples, of cpu (0) and memory (1). */
interface Sampled {
	capacity: number;
	offered: number;
	used: number;
	wanted: number;
	requested: number;
	limit: number;
	/** Charged beyond what there is: work that runs on what others do not use. */
	reclaimed: number;
	charged: number;
	/** Node-samples, and those in which more was wanted than there is. */
	nodes: number;
	short: number;
}

export class MachineSummary implements CellListener {
	readonly #cell: Cell;
	readonly #counts: (pod: PodId) => boolean;
	readonly #all = new Account();
	readonly #byClass = new Map<string, Account>();
	readonly #sampled = [none(), none()] as const;
	/** By pod row: since when it runs; NaN while it does not. */
	#runningSinceUs = new Float64Array(64).fill(Number.NaN);
	/** Pods that lost a machine: what they used is known even while they have none. */
	readonly #displaced = new Set<PodId>();
	readonly #runQueues = new RunQueueWaits();
	#samples = 0;

	/** `counts` says whether a pod is to be counted. */
	constructor(cell: Cell, counts: (pod: PodId) => boolean) {
		this.#cell = cell;
		this.#counts = counts;
	}

	podStarted(pod: PodId): void {
		const row = rowOf(pod);
		if (row >= this.#runningSinceUs.length) {
			const larger = new Float64Array(this.#cell.pods.phase.length).fill(Number.NaN);
			larger.set(this.#runningSinceUs);
			this.#runningSinceUs = larger;
		}
		this.#runningSinceUs[row] = this.#cell.nowUs;
	}

	podEnded(pod: PodId, _node: NodeId, reason: EndReason): void {
		this.#leave(pod, this.#cell.nowUs);
		this.#account(pod, reason, this.#cell.nowUs);
		this.#displaced.delete(pod);
	}

	/** Its usage is accounted when it ends: it goes on where it runs next. */
	podRequeued(pod: PodId): void {
		if (this.#cell.usage.pods.has(rowOf(pod))) this.#displaced.add(pod);
		this.#leave(pod, this.#cell.nowUs);
	}

	/** Reads the levels of all nodes. */
	sample(): void {
		const { nodes, usage } = this.#cell;
		if (usage.nodes.sinceUs.length === 0) return;
		for (let n = 0; n < nodes.count; n++) {
			if (nodes.ready[n] === 0 || !usage.nodes.has(n)) continue;
			this.#samples++;
			this.#sampleNode(n as NodeId);
		}
	}

	report(endUs: SimTime, put: Put): void {
		for (const pod of this.#cell.pods.all()) {
			this.#leave(pod, endUs);
			this.#account(pod, null, endUs);
		}
		if (this.#samples > 0) {
			this.#reportLevels(put);
			this.#runQueues.report(put);
		}
		if (this.#all.runUs === 0) return;
		reportAccount(put, this.#all, "");
		for (const [name, account] of sorted(this.#byClass, (a, b) => (a < b ? -1 : 1)))
			if (name !== "") reportAccount(put, account, `.class_${slug(name)}`);
	}

	/** A pod runs no longer where it ran, or the run is over. */
	#leave(pod: PodId, nowUs: SimTime): void {
		const row = rowOf(pod);
		const sinceUs = this.#runningSinceUs[row] ?? Number.NaN;
		if (row < this.#runningSinceUs.length) this.#runningSinceUs[row] = Number.NaN;
		if (Number.isNaN(sinceUs)) return;
		for (const account of this.#accountsOf(pod)) account.runUs += nowUs - sinceUs;
	}

	/** What a pod used in its life. */
	#account(pod: PodId, reason: EndReason | null, nowUs: SimTime): void {
		const { pods, usage } = this.#cell;
		const row = rowOf(pod);
		for (const account of this.#accountsOf(pod)) {
			const cpuUs = usage.pods.cpuTimeUs(row, nowUs);
			const wantedUs = usage.pods.wantedTimeUs(row, nowUs);
			account.wantedUs += wantedUs;
			account.throttledUs += usage.pods.throttledTimeUs(row, nowUs);
			account.waitingUs += usage.pods.waitingTimeUs(row, nowUs);
			account.pressureUs += usage.pods.pressureSomeUs(row, nowUs);
			account.quotaPeriods += usage.pods.quotaPeriods(row, nowUs);
			account.throttledPeriods += usage.pods.throttledPeriods(row, nowUs);
			account.stoppedUs += usage.pods.stoppedTimeUs(row, nowUs);
			account.restarts += usage.pods.restarts[row]!;
			account.oomKills += usage.pods.oomKills[row]!;
			if (usage.pods.oomKills[row]! > 1) account.killedAgain++;
			accountOthers(account, usage.pods, row, pods.arrivals[row]!.usage);
			if (reason !== "succeeded" || cpuUs === 0) continue;
			account.finished++;
			account.slowdown += wantedUs / cpuUs;
		}
	}

	/** The accounts that a pod counts in; none for one that was never on a full machine. */
	#accountsOf(pod: PodId): readonly Account[] {
		const { pods, usage } = this.#cell;
		const row = rowOf(pod);
		if (!(usage.pods.has(row) || this.#displaced.has(pod)) || !this.#counts(pod)) return NO_ACCOUNTS;
		const { className } = pods.classes[row]!.spec.facts;
		let ofClass = this.#byClass.get(className);
		if (ofClass === undefined) {
			ofClass = new Account();
			this.#byClass.set(className, ofClass);
		}
		return [this.#all, ofClass];
	}

	#sampleNode(node: NodeId): void {
		const { nodes, pods, usage } = this.#cell;
		const { allocatable, backed = allocatable } = nodes.specs[node]!;
		const [cpu, memory] = this.#sampled;
		const before = [cpu.charged, memory.charged] as const;
		let sensitiveMilli = 0;
		let othersMilli = 0;
		for (const pod of this.#cell.podsOn(node)) {
			const row = rowOf(pod);
			const { request } = pods.classes[row]!;
			const { spec, usage: used } = pods.arrivals[row]!;
			const run = usage.resized.get(row) ?? spec.run;
			const withinLimits = usage.pods.wantedMilli[row]! - usage.pods.throttledMilli[row]!;
			if (used?.containers.some(({ latencySensitive }) => latencySensitive)) sensitiveMilli += withinLimits;
			else othersMilli += withinLimits;
			cpu.charged += request[CPU]!;
			memory.charged += request[MEMORY]!;
			cpu.requested += declared(spec.requests, run, "cpu", "requests");
			memory.requested += declared(spec.requests, run, "memory", "requests");
			cpu.limit += declared(spec.requests, run, "cpu", "limits");
			memory.limit += declared(spec.requests, run, "memory", "limits");
		}
		const line = usage.nodes;
		if (backed["cpu"]! > 0) this.#runQueues.sample(backed["cpu"]!, line.usedMilli[node]!, sensitiveMilli, othersMilli);
		const workingSet = line.memoryBytes[node]! - line.cacheBytes[node]!;
		const levels = [
			[cpu, "cpu", line.usedMilli[node]!, line.wantedMilli[node]!, before[0]],
			[memory, "memory", workingSet, workingSet, before[1]],
		] as const;
		for (const [level, resource, used, wanted, chargedBefore] of levels) {
			const capacity = backed[resource] ?? 0;
			level.capacity += capacity;
			level.offered += allocatable[resource] ?? 0;
			level.used += used;
			level.wanted += wanted;
			level.reclaimed += Math.max(0, level.charged - chargedBefore - capacity);
			level.nodes++;
			if (wanted > capacity) level.short++;
		}
	}

	#reportLevels(put: Put): void {
		for (const [i, name] of (["cpu", "memory"] as const).entries()) {
			const { capacity, offered, used, requested, limit, reclaimed, charged, nodes, short } = this.#sampled[i]!;
			put(`${name}_utilization`, used / capacity);
			put(`${name}_offered_over_capacity`, offered / capacity);
			put(`${name}_usage_over_request`, used / requested);
			put(`${name}_usage_over_limit`, used / limit);
			put(`${name}_reclaimed_work_share`, reclaimed / charged);
			put(`${name}_violations`, short / nodes);
		}
	}
}

/** What hardly any pod demands. */
function accountOthers(account: Account, pods: UsageTable, row: number, demands: PodUsage | undefined): void {
	if (demands === undefined) return;
	if (demands.containers.some(({ pids }) => pids !== undefined)) {
		const forks = pods.refusedForks.of(row);
		account.forking++;
		account.refusedForks += forks;
		if (forks > 0) account.limitedPods++;
	}
	if (demands.containers.some(({ gpuMemoryMilli }) => gpuMemoryMilli !== undefined)) {
		account.allocating++;
		account.gpuMemoryFailures += pods.gpuMemoryFailures.of(row);
	}
}

function reportAccount(put: Put, account: Account, suffix: string): void {
	const weeks = account.runUs / WEEK_US;
	put(`cpu_throttled_share${suffix}`, account.throttledUs / account.wantedUs);
	put(`cpu_throttled_periods_share${suffix}`, account.throttledPeriods / account.quotaPeriods);
	put(`cpu_throttled_cpus${suffix}`, account.stoppedUs / account.runUs);
	put(`cpu_waiting_share${suffix}`, account.waitingUs / account.wantedUs);
	put(`cpu_pressure_some${suffix}`, account.pressureUs / account.runUs);
	put(`container_restarts${suffix}`, account.restarts);
	put(`container_oom_kills${suffix}`, account.oomKills);
	put(`pods_oom_killed_again${suffix}`, account.killedAgain);
	put(`oom_kills_per_pod_week${suffix}`, account.oomKills / weeks);
	if (account.forking > 0) {
		put(`forks_refused${suffix}`, account.refusedForks);
		put(`pods_pids_limited${suffix}`, account.limitedPods);
	}
	if (account.allocating > 0) put(`container_gpu_memory_failures${suffix}`, account.gpuMemoryFailures);
	put(`slowdown_mean${suffix}`, account.slowdown / account.finished);
}

/** What the containers of a pod declare now; of one that declares no limit, its request; of a pod without containers, what it requests. */
function declared(
	requests: ResourceList,
	run: PodRun | undefined,
	resource: "cpu" | "memory",
	list: "requests" | "limits",
): number {
	if (run === undefined) return requests[resource] ?? 0;
	let sum = 0;
	for (const container of run.containers)
		if (container.kind !== "init") sum += container[list][resource] ?? container.requests[resource] ?? 0;
	return sum;
}

function none(): Sampled {
	return {
		capacity: 0,
		offered: 0,
		used: 0,
		wanted: 0,
		requested: 0,
		limit: 0,
		reclaimed: 0,
		charged: 0,
		nodes: 0,
		short: 0,
	};
}
