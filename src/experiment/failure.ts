import { ControllerError } from "../control/controller-definition.js";
import { InputError } from "../objects/input-error.js";
import { PolicyError } from "../scheduling/policy-error.js";

/** Why a run failed, as data. */
export interface RunFailure {
	/** `input`: the files it reads; `policy`: a scheduler or a controller; `internal`: cellsim itself. */
	readonly kind: "input" | "policy" | "internal";
	/** Where in which file, `file:line:column `; "" where no place is to blame. */
	readonly place: string;
	readonly message: string;
	/** For those who look for the fault; empty where the message says it all. */
	readonly stack: string;
}

export function failureOf(error: unknown): RunFailure {
	if (error instanceof InputError) return { kind: "input", place: placeOf(error), message: textOf(error), stack: "" };
	if (error instanceof PolicyError || error instanceof ControllerError) {
		const { cause } = error;
		return {
			kind: "policy",
			place: "",
			message: error.message,
			stack: cause instanceof Error ? (cause.stack ?? "") : "",
		};
	}
	const { message, stack } = error instanceof Error ? error : new Error(String(error));
	return { kind: "internal", place: "", message, stack: stack ?? "" };
}

/** What an input error says. What was found with it follows, a line each: `file:line:column error message`. */
export function textOf({ message, others }: InputError): string {
	return [message, ...others.map((other) => `${placeOf(other)}error ${textOf(other)}`)].join("\n");
}

/** `file:line:column ` of an input error; what is unknown is left out. */
export function placeOf({ position }: InputError): string {
	if (position === null) return "";
	const { file, line, column } = position;
	return `${[file, line, column].filter((part) => part !== 0).join(":")} `;
}
