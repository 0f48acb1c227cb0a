/** Where a mistake in an input stands. Lines and columns count from 1; 0 when unknown. */
export interface InputPosition {
	readonly file: string;
	readonly line: number;
	readonly column: number;
}

/**
 * Input from outside that cannot be taken: the message says what is wrong and what is allowed. The command line prints it as
 * `file:line:column error message` and exits with 2.
 */
export class InputError extends Error {
	override readonly name = "InputError";
	readonly position: InputPosition | null;
	/** Further mistakes that were found with this one, in order. */
	readonly others: readonly InputError[];

	constructor(message: string, position: InputPosition | null = null, others: readonly InputError[] = []) {
		super(message);
		this.position = position;
		this.others = others;
	}
}
