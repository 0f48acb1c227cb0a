/** Types of the claims, for the test that asserts them. */

/** One run of an experiment, as claims see it. */
export interface Run {
	readonly seed: string;
	/** Labels of the matrix values by axis. */
	readonly axes: ReadonlyMap<string, string>;
	/** The matrix values themselves. */
	readonly variant: Readonly<Record<string, unknown>>;
	/** Summary metrics. */
	readonly metrics: ReadonlyMap<string, number>;
	/** From the end of the warm-up to the end of the run. */
	readonly measuredSeconds: number;
	readonly warmupUs: number;
	readonly digest: string;
	readonly cpuSeconds: number;
	/** Columns by name of the tables that a claim of the experiment needs, by the name of the table. */
	readonly tables: ReadonlyMap<string, ReadonlyMap<string, ArrayLike<unknown>>>;
}

export interface Context {
	readonly runs: readonly Run[];
	/** The runs of another experiment, named by its number (`e01`); null if they are not there. */
	readonly others: (id: string) => readonly Run[] | null;
}

export interface Claim {
	readonly id: string;
	/** What is claimed, in words. */
	readonly claim: string;
	/** What the source says: a number or a shape, and where. */
	readonly published: string;
	/**
	 * verifies: an exact or closed-form result; validates: a published number that nothing here was tuned on; shape: an order or a
	 * direction; calibrated: the number was put in.
	 */
	readonly label: "verifies" | "validates" | "shape" | "calibrated";
	/** Why the small size of the tests cannot tell; absent where they assert it. */
	readonly notInCi?: string;
	/** Why nothing is asserted at all; such a claim may have no `measure`. */
	readonly notAsserted?: string;
	readonly measure?: (context: Context) => Measurement;
}

export interface Measurement {
	readonly measured: string;
	/** null: these runs cannot tell. */
	readonly holds: boolean | null;
	readonly why?: string;
}

export interface Outcome {
	readonly measured: string;
	readonly verdict: "holds" | "fails" | "not asserted";
	readonly why: string;
}

export interface Experiment {
	/** `e04`; `e25-hawk` and `e25-sparrow` share a number. */
	readonly id: string;
	/** Name of the experiment and of its file, without `.yaml`. */
	readonly name: string;
	readonly title: string;
	/** Tables that claims look at. */
	readonly tables?: readonly string[];
	/** Experiments whose runs a claim compares with. */
	readonly comparesWith?: readonly string[];
	readonly claims: readonly Claim[];
	/** More than claims say: head, rule and rows of a table of the block. */
	readonly table?: (runs: readonly Run[]) => readonly (readonly string[])[];
}

export function evaluate(claim: Claim, context: Context): Outcome;
