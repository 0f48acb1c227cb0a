/**
 * What the pods and nodes of a cell use, as opposed to what they request: columns for metrics, overcommit policies and
 * schedulers that look at load. A machine writes a line when something about it changes; between two lines rates are constant,
 * so every account is known exactly at any time.
 *
 * CPU that is wanted is used, throttled (beyond the own limit) or waited for (within the limit, and not granted).
 */
import { SECOND, type SimTime } from "../engine/time.js";
import type { PodRun } from "../objects/pod-run.js";
import type { PodId } from "./ids.js";

export class UsageColumns {
	/** By row of the pod table; there while the pod is on a machine, and begun anew with the next pod that gets the row. */
	readonly pods = new UsageTable();
	/** By node id: the sums over its pods, and the pressure felt by any of them. */
	readonly nodes = new UsageTable();
	/** CPU that a pod uses now for the requests that come to it, milli-CPU; null for one to which none are sent. Set by traffic, where there is any. */
	ofRequests: (pod: PodId) => number | null = () => null;
	/** By row of the pod table: the containers of a pod that was resized on its machine, as they are now; others are as declared. */
	readonly resized = new Map<number, PodRun>();
}

/** Counts by row of what hardly any row has: those without take no room. */
export class RareCounts {
	readonly #counts = new Map<number, number>();

	of(row: number): number {
		return this.#counts.get(row) ?? 0;
	}

	add(row: number, count: number): void {
		this.#counts.set(row, this.of(row) + count);
	}

	clear(row: number): void {
		this.#counts.delete(row);
	}
}

/** Rates of one pod or node from now on, and how much memory it uses. */
export interface UsageLine {
	/** milli-CPU. */
	usedMilli: number;
	/** milli-CPU that its threads would use on an idle machine without limits. */
	wantedMilli: number;
	/** milli-CPU wanted beyond its own limits; used and throttled together are at most what is wanted. */
	throttledMilli: number;
	/** Anonymous memory and page cache, bytes. */
	memoryBytes: number;
	/** Of that, what can be reclaimed, bytes. */
	cacheBytes: number;
	/** Share of time in which at least one thread waits for CPU (PSI cpu "some"), 0 to 1. */
	pressureSome: number;
	/** Share of time in which threads wait and none runs (PSI cpu "full"), 0 to 1. */
	pressureFull: number;
	/** Periods of CPU limits per second in which its containers ran or waited, and those of them that used their limit up; 0 without limits. */
	quotaPeriodsPerS: number;
	throttledPeriodsPerS: number;
	/** Time that threads stand still because a limit is used up, milli-CPU: summed over the CPUs that they would run on. */
	stoppedMilli: number;
}

/** Only rows that have begun (`has`) may be asked for: cells whose nodes are not simulated as machines have none. */
export class UsageTable {
	/** milli-CPU used and wanted now. */
	usedMilli = new Float64Array(0);
	wantedMilli = new Float64Array(0);
	/** milli-CPU wanted beyond its limits now. */
	throttledMilli = new Float64Array(0);
	/** Bytes in use now, page cache included, and the page cache alone. */
	memoryBytes = new Float64Array(0);
	cacheBytes = new Float64Array(0);
	/** Largest `memoryBytes` less `cacheBytes` since the row began. */
	memoryPeakBytes = new Float64Array(0);
	/** Shares of time, 0 to 1. */
	pressureSome = new Float64Array(0);
	pressureFull = new Float64Array(0);
	/** Of CPU limits, as of a line. */
	quotaPeriodsPerS = new Float64Array(0);
	throttledPeriodsPerS = new Float64Array(0);
	stoppedMilli = new Float64Array(0);
	/** Since when the rates hold. */
	sinceUs = new Float64Array(0);
	/** Containers started again, and killed for want of memory, since the row began. */
	restarts = new Int32Array(0);
	oomKills = new Int32Array(0);
	/** Containers that died for want of GPU memory, and processes that could not be made, since the row began. */
	readonly gpuMemoryFailures = new RareCounts();
	readonly refusedForks = new RareCounts();
	/** Integrals up to `sinceUs`. */
	#cpuTimeUs = new Float64Array(0);
	#wantedTimeUs = new Float64Array(0);
	#throttledTimeUs = new Float64Array(0);
	#someTimeUs = new Float64Array(0);
	#fullTimeUs = new Float64Array(0);
	#quotaPeriods = new Float64Array(0);
	#throttledPeriods = new Float64Array(0);
	#stoppedTimeUs = new Float64Array(0);
	/** 1 from the begin of a row to its end. */
	#begun = new Uint8Array(0);
	#watcher: ((row: number) => void) | null = null;

	/** Hears of each row whose rates, or memory, are others from now on; one watcher at most. */
	watch(watcher: (row: number) => void): void {
		if (this.#watcher !== null) throw new Error("usage is watched already");
		this.#watcher = watcher;
	}

	/** Whether the row has begun, and not ended. */
	has(row: number): boolean {
		return this.#begun[row] === 1;
	}

	/** CPU time used since the row began, microseconds of one CPU. */
	cpuTimeUs(row: number, nowUs: SimTime): number {
		return this.#cpuTimeUs[row]! + (this.usedMilli[row]! / 1000) * this.#elapsedUs(row, nowUs);
	}

	/** CPU time wanted since the row began, microseconds of one CPU. */
	wantedTimeUs(row: number, nowUs: SimTime): number {
		return this.#wantedTimeUs[row]! + (this.wantedMilli[row]! / 1000) * this.#elapsedUs(row, nowUs);
	}

	/** CPU time wanted beyond the limits since the row began, microseconds of one CPU. */
	throttledTimeUs(row: number, nowUs: SimTime): number {
		return this.#throttledTimeUs[row]! + (this.throttledMilli[row]! / 1000) * this.#elapsedUs(row, nowUs);
	}

	/** CPU time wanted within the limits and not granted since the row began, microseconds of one CPU. */
	waitingTimeUs(row: number, nowUs: SimTime): number {
		const got = this.cpuTimeUs(row, nowUs) + this.throttledTimeUs(row, nowUs);
		return Math.max(0, this.wantedTimeUs(row, nowUs) - got);
	}

	/** Time with at least one thread waiting for CPU since the row began, microseconds (PSI cpu "some", total). */
	pressureSomeUs(row: number, nowUs: SimTime): number {
		return this.#someTimeUs[row]! + this.pressureSome[row]! * this.#elapsedUs(row, nowUs);
	}

	/** Time with threads waiting and none running since the row began, microseconds (PSI cpu "full", total). */
	pressureFullUs(row: number, nowUs: SimTime): number {
		return this.#fullTimeUs[row]! + this.pressureFull[row]! * this.#elapsedUs(row, nowUs);
	}

	/** Periods of CPU limits since the row began, summed over containers (cpu.stat nr_periods); a mean, so not whole. */
	quotaPeriods(row: number, nowUs: SimTime): number {
		return this.#quotaPeriods[row]! + (this.quotaPeriodsPerS[row]! / SECOND) * this.#elapsedUs(row, nowUs);
	}

	/** Those of them that ended with threads waiting (cpu.stat nr_throttled). */
	throttledPeriods(row: number, nowUs: SimTime): number {
		return this.#throttledPeriods[row]! + (this.throttledPeriodsPerS[row]! / SECOND) * this.#elapsedUs(row, nowUs);
	}

	/**
	 * Time that threads stood still for a used-up limit since the row began, microseconds (cpu.stat throttled_usec). Work that
	 * comes in bursts is only late for it, so it is no part of `throttledTimeUs`.
	 */
	stoppedTimeUs(row: number, nowUs: SimTime): number {
		return this.#stoppedTimeUs[row]! + (this.stoppedMilli[row]! / 1000) * this.#elapsedUs(row, nowUs);
	}

	/** Begins a row: nothing is used, and all accounts are 0. */
	begin(row: number, nowUs: SimTime): void {
		this.#reserve(row + 1);
		for (const column of [this.#cpuTimeUs, this.#wantedTimeUs, this.#throttledTimeUs, this.#someTimeUs])
			column[row] = 0;
		this.#fullTimeUs[row] = 0;
		for (const column of [this.#quotaPeriods, this.#throttledPeriods, this.#stoppedTimeUs]) column[row] = 0;
		this.memoryPeakBytes[row] = 0;
		this.restarts[row] = 0;
		this.oomKills[row] = 0;
		this.gpuMemoryFailures.clear(row);
		this.refusedForks.clear(row);
		this.#begun[row] = 1;
		this.sinceUs[row] = nowUs;
		this.record(row, nowUs, IDLE);
	}

	/** Goes on with a row that has ended, and with its accounts: the same pod, on another machine. */
	resume(row: number, nowUs: SimTime): void {
		this.#begun[row] = 1;
		this.sinceUs[row] = nowUs;
		this.#watcher?.(row);
	}

	/** Ends a row: its accounts stand still, and may be read until it begins anew. */
	end(row: number, nowUs: SimTime): void {
		this.record(row, nowUs, IDLE);
		this.#begun[row] = 0;
	}

	/** Brings the accounts of a row that has begun up to now; from here on the rates are those of the line. */
	record(row: number, nowUs: SimTime, line: UsageLine): void {
		const elapsedUs = nowUs - this.sinceUs[row]!;
		if (elapsedUs > 0) {
			this.#cpuTimeUs[row]! += (this.usedMilli[row]! / 1000) * elapsedUs;
			this.#wantedTimeUs[row]! += (this.wantedMilli[row]! / 1000) * elapsedUs;
			this.#throttledTimeUs[row]! += (this.throttledMilli[row]! / 1000) * elapsedUs;
			this.#someTimeUs[row]! += this.pressureSome[row]! * elapsedUs;
			this.#fullTimeUs[row]! += this.pressureFull[row]! * elapsedUs;
		}
		if (this.quotaPeriodsPerS[row]! > 0 || line.quotaPeriodsPerS > 0) this.#recordLimits(row, elapsedUs, line);
		this.sinceUs[row] = nowUs;
		this.usedMilli[row] = line.usedMilli;
		this.wantedMilli[row] = line.wantedMilli;
		this.throttledMilli[row] = line.throttledMilli;
		this.memoryBytes[row] = line.memoryBytes;
		this.cacheBytes[row] = line.cacheBytes;
		this.memoryPeakBytes[row] = Math.max(this.memoryPeakBytes[row]!, line.memoryBytes - line.cacheBytes);
		this.pressureSome[row] = line.pressureSome;
		this.pressureFull[row] = line.pressureFull;
		this.#watcher?.(row);
	}

	/** The part of a line that only limits have. */
	#recordLimits(row: number, elapsedUs: SimTime, line: UsageLine): void {
		this.#quotaPeriods[row]! += (this.quotaPeriodsPerS[row]! / SECOND) * elapsedUs;
		this.#throttledPeriods[row]! += (this.throttledPeriodsPerS[row]! / SECOND) * elapsedUs;
		this.#stoppedTimeUs[row]! += (this.stoppedMilli[row]! / 1000) * elapsedUs;
		this.quotaPeriodsPerS[row] = line.quotaPeriodsPerS;
		this.throttledPeriodsPerS[row] = line.throttledPeriodsPerS;
		this.stoppedMilli[row] = line.stoppedMilli;
	}

	/** A container of the row was started again. */
	countRestart(row: number): void {
		this.restarts[row]!++;
	}

	/** A container of the row was killed for want of memory. */
	countOomKill(row: number): void {
		this.oomKills[row]!++;
	}

	#elapsedUs(row: number, nowUs: SimTime): number {
		return nowUs - this.sinceUs[row]!;
	}

	#reserve(rows: number): void {
		if (rows <= this.sinceUs.length) return;
		const size = Math.max(64, 2 ** Math.ceil(Math.log2(rows)));
		this.usedMilli = grown(this.usedMilli, size);
		this.wantedMilli = grown(this.wantedMilli, size);
		this.throttledMilli = grown(this.throttledMilli, size);
		this.memoryBytes = grown(this.memoryBytes, size);
		this.cacheBytes = grown(this.cacheBytes, size);
		this.memoryPeakBytes = grown(this.memoryPeakBytes, size);
		this.pressureSome = grown(this.pressureSome, size);
		this.pressureFull = grown(this.pressureFull, size);
		this.quotaPeriodsPerS = grown(this.quotaPeriodsPerS, size);
		this.throttledPeriodsPerS = grown(this.throttledPeriodsPerS, size);
		this.stoppedMilli = grown(this.stoppedMilli, size);
		this.sinceUs = grown(this.sinceUs, size);
		this.#cpuTimeUs = grown(this.#cpuTimeUs, size);
		this.#wantedTimeUs = grown(this.#wantedTimeUs, size);
		this.#throttledTimeUs = grown(this.#throttledTimeUs, size);
		this.#someTimeUs = grown(this.#someTimeUs, size);
		this.#fullTimeUs = grown(this.#fullTimeUs, size);
		this.#quotaPeriods = grown(this.#quotaPeriods, size);
		this.#throttledPeriods = grown(this.#throttledPeriods, size);
		this.#stoppedTimeUs = grown(this.#stoppedTimeUs, size);
		this.restarts = grownCounts(this.restarts, size);
		this.oomKills = grownCounts(this.oomKills, size);
		const begun = new Uint8Array(size);
		begun.set(this.#begun);
		this.#begun = begun;
	}
}

/** The line of something that uses nothing. */
export const IDLE: Readonly<UsageLine> = {
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

function grown(old: Float64Array, size: number): Float64Array<ArrayBuffer> {
	const larger = new Float64Array(size);
	larger.set(old);
	return larger;
}

function grownCounts(old: Int32Array, size: number): Int32Array<ArrayBuffer> {
	const larger = new Int32Array(size);
	larger.set(old);
	return larger;
}
