/** How commands end: exit codes, and errors as people and editors read them. */
import { styleText } from "node:util";

export const EXIT = { ok: 0, difference: 1, usage: 2, failed: 3, interrupted: 130 } as const;

/**
 * A reader that has seen enough, such as head, is no fault, and changes nothing of what a command does and how it ends: a gate that is
 * shut is shut, and all runs are made. Data that cannot be written, as on a full disk, is an error; lost talk is not.
 */
export function mindOutput(): void {
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EPIPE") return;
		process.stderr.write(`${red("error")} cannot write to standard output: ${error.message}\n`);
		process.exit(EXIT.usage);
	});
	process.stderr.on("error", () => {});
}

/** Prints an error to stderr and says with which code to exit. */
export async function reportError(error: unknown): Promise<number> {
	const { DiagnosticError, formatDiagnostics } = await import("../experiment/file/diagnostics.js");
	const { InputError } = await import("../objects/input-error.js");
	if (error instanceof DiagnosticError) {
		process.stderr.write(`${formatDiagnostics(error.diagnostics, error.sources, { color: colored() })}\n`);
		return EXIT.usage;
	}
	if (error instanceof InputError) {
		const { placeOf, textOf } = await import("../experiment/failure.js");
		process.stderr.write(`${placeOf(error)}${red("error")} ${textOf(error)}\n`);
		return EXIT.usage;
	}
	const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
	process.stderr.write(
		`${red("internal error")} ${shown}\nThis is a fault in cellsim; please report it with the command and the file.\n`,
	);
	return EXIT.failed;
}

/** Whether stderr takes colours. */
export function colored(): boolean {
	return process.stderr.isTTY === true && process.env["NO_COLOR"] === undefined;
}

/** Red on a terminal that takes colours. */
export function red(text: string): string {
	return colored() ? styleText("red", text) : text;
}
