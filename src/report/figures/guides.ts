/** Lines across a plot at a value of one axis, such as a limit, with their words beside them. */
import { axisNumber } from "../../experiment/file/axis-number.js";
import type { FigureGuide } from "../../experiment/file/figures-schema.js";
import { INK } from "../palette.js";
import { element, text } from "../svg.js";
import { cutText, textWidth } from "../text-fit.js";
import type { Axis } from "./axis.js";
import { type Grid, SIZE } from "./page.js";

/** Units of the two axes, as the experiment file names them. */
export interface AxisUnits {
	readonly x?: string | undefined;
	readonly y?: string | undefined;
}

/** Where the guides cross one axis, in its unit. */
export function guideValues(guides: readonly FigureGuide[], side: "x" | "y", units: AxisUnits): readonly number[] {
	return guides.flatMap((guide) => {
		const value = { x: undefined, ...guide }[side];
		return value === undefined ? [] : [axisNumber(value, units[side])];
	});
}

/** The guides of one plot. `axes.x` is null where no guide crosses it. */
export function drawGuides(
	guides: readonly FigureGuide[],
	units: AxisUnits,
	axes: { readonly x: Axis | null; readonly y: Axis },
	{ plotWidth, plotHeight }: Grid,
): string {
	const drawn = guides.map((guide) => {
		const style = { stroke: INK.soft, "stroke-width": 1.2, ...(guide.dash ? { "stroke-dasharray": "5 4" } : {}) };
		const words = cutText(guide.label ?? "", plotWidth - 8, SIZE.tick);
		const [x] = guideValues([guide], "x", units);
		if (x !== undefined && axes.x !== null) {
			if (axes.x.beyond(x)) return "";
			const at = axes.x.position(x);
			const right = at + 4 + textWidth(words, SIZE.tick) <= plotWidth;
			return (
				element("line", { x1: at, x2: at, y1: 0, y2: plotHeight, ...style }) +
				drawWords(words, right ? at + 4 : at - 4, 12, right ? "start" : "end")
			);
		}
		const y = guideValues([guide], "y", units)[0]!;
		if (axes.y.beyond(y)) return "";
		const level = plotHeight - axes.y.position(y);
		const above = level > 16 ? level - 4 : level + 12;
		return (
			element("line", { x1: 0, x2: plotWidth, y1: level, y2: level, ...style }) +
			drawWords(words, plotWidth - 4, above, "end")
		);
	});
	return drawn.length === 0 ? "" : element("g", { class: "guides" }, drawn);
}

function drawWords(words: string, x: number, y: number, anchor: string): string {
	if (words === "") return "";
	// A white edge keeps the words readable across lines and bars.
	const edge = { stroke: "#ffffff", "stroke-width": 3, "paint-order": "stroke" };
	return text(words, x, y, { "font-size": SIZE.tick, fill: INK.soft, "text-anchor": anchor, ...edge });
}
