/** The cell of the Omega paper's simulator, in its own doubles, and its way of placing tasks: randomised first fit. */
import type { Random } from "../../../src/engine/random.js";
import type { JobState } from "./reference-jobs.js";

/** One task on one machine; `sequence` is the machine's sequence number just before the claim was first applied. */
export interface Claim {
	readonly machine: number;
	readonly cpus: number;
	readonly mem: number;
	readonly sequence: number;
}

/** The assertion that stops the simulator when a machine is overfilled. */
export class AssertionFailure extends Error {
	override readonly name = "AssertionFailure";
}

export class ReferenceCell {
	readonly machines: number;
	readonly totalCpus: number;
	readonly totalMem: number;
	/** Held by tasks. */
	occupiedCpus = 0;
	occupiedMem = 0;
	/** Held by outstanding offers (Mesos). */
	lockedCpus = 0;
	lockedMem = 0;
	readonly #machineCpus: number;
	readonly #machineMem: number;
	/** By machine; held by tasks or offers. */
	readonly #heldCpus: Float64Array;
	readonly #heldMem: Float64Array;
	readonly #sequence: Int32Array;

	constructor(machines: number, cpus: number, mem: number) {
		this.machines = machines;
		this.#machineCpus = cpus;
		this.#machineMem = mem;
		this.totalCpus = machines * cpus;
		this.totalMem = machines * mem;
		this.#heldCpus = new Float64Array(machines);
		this.#heldMem = new Float64Array(machines);
		this.#sequence = new Int32Array(machines);
	}

	get freeCpus(): number {
		return this.totalCpus - (this.occupiedCpus + this.lockedCpus);
	}

	get freeMem(): number {
		return this.totalMem - (this.occupiedMem + this.lockedMem);
	}

	snapshot(): ReferenceCell {
		const copy = new ReferenceCell(this.machines, this.#machineCpus, this.#machineMem);
		copy.occupiedCpus = this.occupiedCpus;
		copy.occupiedMem = this.occupiedMem;
		copy.lockedCpus = this.lockedCpus;
		copy.lockedMem = this.lockedMem;
		copy.#heldCpus.set(this.#heldCpus);
		copy.#heldMem.set(this.#heldMem);
		copy.#sequence.set(this.#sequence);
		return copy;
	}

	sequence(machine: number): number {
		return this.#sequence[machine]!;
	}

	freeCpusOf(machine: number): number {
		return this.#machineCpus - this.#heldCpus[machine]!;
	}

	freeMemOf(machine: number): number {
		return this.#machineMem - this.#heldMem[machine]!;
	}

	fits(machine: number, cpus: number, mem: number): boolean {
		return this.freeCpusOf(machine) >= cpus && this.freeMemOf(machine) >= mem;
	}

	/** AssertionFailure if the machine has less than that; the totals count the claim even then. `owner` is for the message. */
	apply(claim: Claim, owner: string): void {
		const { machine, cpus, mem } = claim;
		this.occupiedCpus += cpus;
		this.occupiedMem += mem;
		if (!this.fits(machine, cpus, mem)) {
			const lacking = this.freeCpusOf(machine) < cpus ? `${cpus.toFixed(6)} cpus` : `${mem.toFixed(6)} mem`;
			throw new AssertionFailure(`Scheduler ${owner} tried to claim ${lacking} on machine ${machine}`);
		}
		this.#hold(machine, cpus, mem);
	}

	release({ machine, cpus, mem }: Claim): void {
		this.#heldCpus[machine]! -= cpus;
		this.#heldMem[machine]! -= mem;
		this.occupiedCpus -= cpus;
		this.occupiedMem -= mem;
	}

	/** Takes all that is free out of everybody's sight, for an offer. */
	lockFree(): readonly Claim[] {
		const locks: Claim[] = [];
		for (let machine = 0; machine < this.machines; machine++) {
			const cpus = this.freeCpusOf(machine);
			const mem = this.freeMemOf(machine);
			if (!(cpus > 0 || mem > 0)) continue;
			locks.push({ machine, cpus, mem, sequence: this.#sequence[machine]! });
			this.#hold(machine, cpus, mem);
			this.lockedCpus += cpus;
			this.lockedMem += mem;
		}
		return locks;
	}

	unlock(locks: readonly Claim[]): void {
		for (const { machine, cpus, mem } of locks) {
			this.#heldCpus[machine]! -= cpus;
			this.#heldMem[machine]! -= mem;
			this.lockedCpus -= cpus;
			this.lockedMem -= mem;
		}
	}

	#hold(machine: number, cpus: number, mem: number): void {
		this.#heldCpus[machine]! += cpus;
		this.#heldMem[machine]! += mem;
		this.#sequence[machine]!++;
	}
}

/** Draws machines from a pool until all tasks are placed or no machine is left; one per scheduler. */
export class RandomFirstFit {
	/** Machines drawn that had no room. */
	failedDraws = 0;
	readonly #random: Random;
	/** A permutation of the machines that lives on from search to search. */
	readonly #pool: Int32Array;
	/** The last machines of the pool are never looked at. */
	readonly #poolSize: number;

	constructor(machines: number, blacklisted: number, random: Random) {
		this.#pool = Int32Array.from({ length: machines }, (_, machine) => machine);
		this.#poolSize = Math.max(0, machines - blacklisted);
		this.#random = random;
	}

	/** Applies claims for the job's unscheduled tasks to `cell`, as many as fit. */
	place({ job, unscheduled }: JobState, cell: ReferenceCell, owner: string): Claim[] {
		const { cpusPerTask: cpus, memPerTask: mem } = job;
		const pool = this.#pool;
		const claims: Claim[] = [];
		let size = this.#poolSize;
		while (claims.length < unscheduled && size > 0) {
			const draw = this.#random.integer(size);
			const machine = pool[draw]!;
			if (cell.fits(machine, cpus, mem)) {
				const claim = { machine, cpus, mem, sequence: cell.sequence(machine) };
				cell.apply(claim, owner);
				claims.push(claim);
			} else {
				this.failedDraws++;
				size--;
				pool[draw] = pool[size]!;
				pool[size] = machine;
			}
		}
		return claims;
	}
}
