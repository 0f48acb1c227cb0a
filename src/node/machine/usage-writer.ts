/** Writes what a machine's pods use, and the node with them, into the cell's columns. One for all machines. */
import type { UsageColumns, UsageLine } from "../../cell/usage-columns.js";
import type { SimTime } from "../../engine/time.js";
import type { MachineColumns } from "./machine-columns.js";
import type { MachineContainer, MachinePod } from "./machine-pod.js";
import { pressureFull, pressureSome } from "./pressure.js";

export class UsageWriter {
	readonly #usage: UsageColumns;
	readonly #line: UsageLine = {
		usedMilli: 0,
		wantedMilli: 0,
		throttledMilli: 0,
		memoryBytes: 0,
		cacheBytes: 0,
		pressureSome: 0,
		pressureFull: 0,
		quotaPeriodsPerS: 0,
		throttledPeriodsPerS: 0,
		stoppedMilli: 0,
	};

	constructor(usage: UsageColumns) {
		this.#usage = usage;
	}

	/** What a pod uses from now on: the sum over its containers. */
	pod(pod: MachinePod, columns: MachineColumns, nowUs: SimTime): void {
		const line = this.#line;
		clear(line);
		let threads = 0;
		for (const { group, runs, usage } of pod.containers) {
			if (!runs) continue;
			addGroup(line, columns, group);
			if (columns.wantedMilli[group]! > 0) threads += usage.threads;
		}
		if (pod.guest !== null) addGroup(line, columns, pod.group);
		line.pressureSome = pressureSome(line.wantedMilli, line.usedMilli, threads);
		line.pressureFull = pressureFull(line.wantedMilli, line.usedMilli, threads);
		columns.pressureSome[pod.group] = line.pressureSome;
		this.#usage.pods.record(pod.row, nowUs, line);
	}

	/** What a node uses from now on: the sum over all containers. Some thread waits unless those of no pod do. */
	node(node: number, columns: MachineColumns, nowUs: SimTime): void {
		const line = this.#line;
		clear(line);
		let calm = 1;
		for (let group = 0; group < columns.size; group++) {
			addGroup(line, columns, group);
			calm *= 1 - columns.pressureSome[group]!;
		}
		line.pressureSome = 1 - calm;
		this.#usage.nodes.record(node, nowUs, line);
	}

	restarted({ pod }: MachineContainer, node: number): void {
		this.#usage.pods.countRestart(pod.row);
		this.#usage.nodes.countRestart(node);
	}

	oomKilled({ pod }: MachineContainer, node: number): void {
		this.#usage.pods.countOomKill(pod.row);
		this.#usage.nodes.countOomKill(node);
	}

	gpuMemoryFailed({ pod }: MachineContainer, node: number): void {
		this.#usage.pods.gpuMemoryFailures.add(pod.row, 1);
		this.#usage.nodes.gpuMemoryFailures.add(node, 1);
	}

	forksRefused({ row }: MachinePod, node: number, forks: number): void {
		this.#usage.pods.refusedForks.add(row, forks);
		this.#usage.nodes.refusedForks.add(node, forks);
	}
}

function clear(line: UsageLine): void {
	line.usedMilli = 0;
	line.wantedMilli = 0;
	line.throttledMilli = 0;
	line.memoryBytes = 0;
	line.cacheBytes = 0;
	line.pressureSome = 0;
	line.pressureFull = 0;
	line.quotaPeriodsPerS = 0;
	line.throttledPeriodsPerS = 0;
	line.stoppedMilli = 0;
}

function addGroup(line: UsageLine, columns: MachineColumns, group: number): void {
	line.usedMilli += columns.grantedMilli[group]!;
	line.wantedMilli += columns.wantedMilli[group]!;
	line.throttledMilli += columns.throttledMilli[group]!;
	line.memoryBytes += columns.memoryBytes[group]! + columns.cacheBytes[group]!;
	line.cacheBytes += columns.cacheBytes[group]!;
	if (columns.quotaPeriodsPerS[group] === 0) return;
	line.quotaPeriodsPerS += columns.quotaPeriodsPerS[group]!;
	line.throttledPeriodsPerS += columns.throttledPeriodsPerS[group]!;
	line.stoppedMilli += columns.stoppedMilli[group]!;
}
