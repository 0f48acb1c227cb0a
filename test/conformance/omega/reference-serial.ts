/** The schedulers that think about one job at a time: Monolithic, and Omega's with their transactions. */
import type { Claim, ReferenceCell } from "./reference-cell.js";
import { bookAttempt, type JobState } from "./reference-jobs.js";
import { Desk, type ReferenceScheduler, retry, type World } from "./reference-world.js";

/** Omega's modes: sequence numbers (coarse) or resource fit (fine); all or nothing (gang) or incremental. */
export interface TransactionMode {
	readonly conflicts: "coarse" | "fine";
	readonly transaction: "gang" | "incr";
}

/** Monolithic on the live cell when `mode` is null; Omega on a snapshot of the instant when the job left the queue. */
export class SerialScheduler implements ReferenceScheduler {
	readonly desk: Desk;
	readonly #world: World;
	readonly #mode: TransactionMode | null;
	#busy = false;

	constructor(world: World, name: string, serves: readonly string[], mode: TransactionMode | null) {
		this.#world = world;
		this.desk = new Desk(world, name, serves);
		this.#mode = mode;
	}

	submit(state: JobState): void {
		this.desk.enqueue(state);
		this.#next();
	}

	#next(): void {
		if (this.#busy) return;
		const state = this.desk.next();
		if (!state) return;
		const world = this.#world;
		this.#busy = true;
		const view = this.#mode ? world.cell.snapshot() : world.cell;
		const thinkTime = world.thinkTime(state);
		world.after(thinkTime, "decision", state.job.id, () => {
			this.#decide(state, view, thinkTime);
			this.#busy = false;
			this.#next();
		});
	}

	#decide(state: JobState, view: ReferenceCell, thinkTime: number): void {
		const world = this.#world;
		const mode = this.#mode;
		bookAttempt(state);
		const claims = this.desk.place(state, view, mode !== null);
		const placed = mode ? this.#transact(state, claims, mode, thinkTime) : this.#keep(state, claims, thinkTime);
		state.unscheduled -= placed.length;
		for (const claim of placed) world.after(state.duration, "task end", claim.machine, () => world.cell.release(claim));
		retry(world, this, state);
	}

	#keep(state: JobState, claims: readonly Claim[], thinkTime: number): readonly Claim[] {
		if (claims.length > 0) {
			this.desk.ledger.txnOk++;
			this.desk.ledger.bookUseful(state, thinkTime);
		}
		return claims;
	}

	/** The claims that the live cell accepted. */
	#transact(state: JobState, claims: readonly Claim[], mode: TransactionMode, thinkTime: number): readonly Claim[] {
		const world = this.#world;
		const { ledger, name } = this.desk;
		if (claims.length === 0) {
			ledger.noResources++;
			return claims;
		}
		const { ok, bad } = commit(world.cell, claims, mode, name);
		world.decided({ k: "commit", t: world.nowS, s: name, ok: ok.map(machineOf), bad: bad.map(machineOf) });
		ledger.bookTransaction(state, thinkTime, ok.length, bad.length);
		return ok;
	}
}

/** Applies claims that were made on a snapshot to the live cell. `bad` are those refused, then those rolled back. */
function commit(
	cell: ReferenceCell,
	claims: readonly Claim[],
	{ conflicts, transaction }: TransactionMode,
	owner: string,
): { readonly ok: readonly Claim[]; readonly bad: readonly Claim[] } {
	const ok: Claim[] = [];
	const bad: Claim[] = [];
	for (const claim of claims) {
		const { machine, cpus, mem, sequence } = claim;
		const accepted = conflicts === "coarse" ? cell.sequence(machine) === sequence : cell.fits(machine, cpus, mem);
		if (accepted) {
			// With coarse conflicts nobody looks whether it fits: this may fail the simulator's assertion.
			cell.apply(claim, owner);
			ok.push(claim);
			continue;
		}
		bad.push(claim);
		if (transaction === "incr") continue;
		// Rolling back leaves the sequence numbers where they are. Claims behind the conflict are not looked at.
		for (const applied of ok) cell.release(applied);
		return { ok: [], bad: [...bad, ...ok] };
	}
	return { ok, bad };
}

function machineOf({ machine }: Claim): number {
	return machine;
}
