import { InvalidArgumentError } from "commander";

/** Reads an option that is a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
	return (text) => {
		const number = Number(text);
		if (Number.isInteger(number) && number >= min && number <= max) return number;
		throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
	};
}
