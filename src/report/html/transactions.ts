/** What scheduling attempts of a run came to: in all, and over time. */
import type { TimeGrid } from "../timeline/grid.js";
import type { TableRows } from "../timeline/history-builder.js";

export interface Transactions {
	readonly attempts: number;
	/** Attempts that asked for one placement at least, and those of them with a conflict. */
	readonly transactions: number;
	readonly conflicted: number;
	/** Attempts by outcome, and placements that conflicted by reason. */
	readonly outcomes: ReadonlyMap<string, number>;
	readonly reasons: ReadonlyMap<string, number>;
	/** By step of time in which they were settled. */
	readonly attemptsOver: Float64Array;
	readonly conflictedOver: Float64Array;
}

/** Counts the rows of the table `attempts`, batch by batch. */
export class TransactionCounter {
	readonly #grid: TimeGrid;
	readonly #counts = { attempts: 0, transactions: 0, conflicted: 0 };
	readonly #outcomes = new Map<string, number>();
	readonly #reasons = new Map<string, number>();
	readonly #over: readonly [attempts: Float64Array, conflicted: Float64Array];

	constructor(grid: TimeGrid) {
		this.#grid = grid;
		this.#over = [new Float64Array(grid.steps), new Float64Array(grid.steps)];
	}

	add(rows: TableRows): void {
		const names = ["commit_time_us", "placed", "conflicts", "withdrawn"];
		const [times, placed, conflicts, withdrawn] = names.map((name) => rows.column(name)!);
		const [outcomes, reasons] = ["outcome", "conflict_reasons"].map((name) => rows.column(name)!);
		const [attemptsOver, conflictedOver] = this.#over;
		for (let row = 0; row < rows.length; row++) {
			const step = Math.min(this.#grid.steps - 1, Math.floor((times![row] as number) / this.#grid.stepUs));
			const conflicted = (conflicts![row] as number) > 0;
			const asked = (placed![row] as number) + (conflicts![row] as number) + (withdrawn![row] as number) > 0;
			this.#counts.attempts++;
			attemptsOver[step]!++;
			count(this.#outcomes, outcomes![row] as string, 1);
			if (!asked) continue;
			this.#counts.transactions++;
			if (!conflicted) continue;
			this.#counts.conflicted++;
			conflictedOver[step]!++;
			// As `rejectionText` writes them: "2 no-longer-fits, 1 locked".
			for (const part of (reasons![row] as string).split(", ")) {
				const space = part.indexOf(" ");
				count(this.#reasons, part.slice(space + 1), Number(part.slice(0, space)));
			}
		}
	}

	counted(): Transactions {
		const [attemptsOver, conflictedOver] = this.#over;
		return {
			...this.#counts,
			outcomes: this.#outcomes,
			reasons: this.#reasons,
			attemptsOver,
			conflictedOver,
		};
	}
}

function count(counts: Map<string, number>, key: string, times: number): void {
	counts.set(key, (counts.get(key) ?? 0) + times);
}
