/** Figures and results for the tests of what is drawn of them. */
import type { FigureSpec } from "../../src/experiment/file/figures-schema.js";
import { figuresSchema } from "../../src/experiment/file/figures-schema.js";
import type { RunRow } from "../../src/experiment/results/runs-table.js";

/** One figure as the experiment file has it, defaults filled in. */
export function figureOf<Kind extends FigureSpec["kind"]>(
	kind: Kind,
	given: object,
): Extract<FigureSpec, { kind: Kind }> {
	return figuresSchema.parse([{ name: "f", title: "A figure", kind, ...given }])[0] as Extract<
		FigureSpec,
		{ kind: Kind }
	>;
}

/** A row of runs.arrow. */
export function runOf(
	axes: Readonly<Record<string, string>>,
	metrics: Readonly<Record<string, number>>,
	seed = 1,
): RunRow {
	const variant = Object.entries(axes).map(([axis, value]) => `${axis}=${value}`);
	return {
		digest: "",
		folder: "",
		run: [...variant, seed].join(","),
		variant: variant.join(","),
		axes: new Map(Object.entries(axes)),
		seed: String(seed),
		metrics: new Map(Object.entries(metrics)),
	};
}

/** The plots of a figure, each from its left upper corner, with where that is. */
export function panelsOf(svg: string) {
	return svg.split("\n").flatMap((line) => {
		const place = /^<g class="panel" transform="translate\(([\d.]+) ([\d.]+)\)">/.exec(line);
		if (place === null) return [];
		const [, width, height] = /<rect class="plot" width="([\d.]+)" height="([\d.]+)"/.exec(line)!;
		return [{ x: Number(place[1]), y: Number(place[2]), width: Number(width), height: Number(height), svg: line }];
	});
}
