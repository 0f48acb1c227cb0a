/** Values of a key as columns, rows or groups. */
import { axisNumber } from "../../experiment/file/axis-number.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { InputError } from "../../objects/input-error.js";
import { valueText } from "./axis.js";

export interface Category {
	/** As it is written in the experiment file. */
	readonly label: string;
	/** As it stands on the axis: in the unit of the axis, if it has one. */
	readonly text: string;
}

interface KeyAxis {
	readonly key: string;
	readonly unit?: string | undefined;
}

/** The values of a key among the runs: numbers from the least on, words in the order of the results. */
export function categories(runs: readonly RunRow[], { key, unit }: KeyAxis): readonly Category[] {
	const labels = [...new Set(runs.flatMap(({ axes }) => axes.get(key) ?? []))];
	const numbers = labels.map((label) => numberOf(label, unit));
	if (numbers.includes(null)) return labels.map((label) => ({ label, text: label }));
	return labels
		.map((label, i) => ({ label, number: numbers[i]! }))
		.sort((a, b) => a.number - b.number || (a.label < b.label ? -1 : 1))
		.map(({ label, number }) => ({ label, text: unit === undefined ? label : valueText(number) }));
}

function numberOf(label: string, unit: string | undefined): number | null {
	try {
		return axisNumber(label, unit);
	} catch (error) {
		if (error instanceof InputError) return null;
		throw error;
	}
}
