import { InputError } from "../objects/input-error.js";
import { PolicyError } from "../scheduling/policy-error.js";

/** Why a run failed, as data. */
export interface RunFailure {
	/** `input`: the files it reads; `policy`: a scheduler; `internal`: cellsim itself. */
	readonly kind: "input" | "policy" | "internal";
	readonly message: string;
	/** For those who look for the fault; empty where the message says it all. */
	readonly stack: string;
}

export function failureOf(error: unknown): RunFailure {
	if (error instanceof InputError) {
		const { position } = error;
		const place = position === null ? "" : `${position.file}:${position.line}:${position.column} `;
		return { kind: "input", message: `${place}${error.message}`, stack: "" };
	}
	if (error instanceof PolicyError) {
		const { cause } = error;
		return { kind: "policy", message: error.message, stack: cause instanceof Error ? (cause.stack ?? "") : "" };
	}
	const { message, stack } = error instanceof Error ? error : new Error(String(error));
	return { kind: "internal", message, stack: stack ?? "" };
}
