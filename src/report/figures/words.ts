/** Sentences and labels that figures have in common. */
import { type MeasuredUnit, unitText } from "../../experiment/file/axis-number.js";
import type { FigureError } from "../../experiment/file/figures-schema.js";

/** `wait (s)`: a label with its unit. */
export function axisLabel(label: string, unit: string | undefined): string {
	return unit === undefined ? label : `${label} (${unitText(unit)})`;
}

/** A value with the unit after it. */
export function withUnit(value: string, unit: MeasuredUnit["name"]): string {
	return unit === undefined ? value : `${value} ${unitText(unit)}`;
}

/** A metric or column in words: without its unit, with spaces. */
export function nameInWords(name: string): string {
	return name
		.split(".")[0]!
		.replace(/_(us|milli|bytes)$/, "")
		.replaceAll("_", " ");
}

/** What a point and its bar stand for. `named`: bars come from metrics. */
export function errorSentence(error: FigureError, seeds: number, named: boolean): string {
	const over = seeds === 1 ? "One seed" : `over ${seeds} seeds`;
	if (seeds === 1) return named ? "One seed; bars: the error that the run itself measured." : "One seed.";
	if (named) return `Mean ${over}; bars: mean of the error that each run measured.`;
	switch (error) {
		case "none":
			return `Mean ${over}.`;
		case "mad":
			return `Median ${over}; bars: one median absolute deviation.`;
		case "minmax":
			return `Mean ${over}; bars: from the least to the most.`;
		case "ci":
			return `Mean ${over}; bars: 95 % interval of the mean (bootstrap).`;
	}
}

/** Sentences joined, empty ones left out. */
export function sentences(...parts: readonly (string | undefined)[]): string {
	return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
