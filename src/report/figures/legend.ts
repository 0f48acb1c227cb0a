/** Samples that legends are made of. */
import type { HeatmapFigure } from "../../experiment/file/figures-schema.js";
import { rounded } from "../svg.js";
import { drawCross, drawStroke, type Look } from "./look.js";
import type { LegendItem } from "./page.js";
import { nameInWords } from "./words.js";

/** Length of the sample of a stroke, pixels. */
export const STROKE = 26;

/** Series drawn as strokes, each label once; what has no label needs no item. */
export function strokeItems(series: readonly { readonly label: string; readonly look: Look }[]): readonly LegendItem[] {
	const named = [...new Map(series.map(({ label, look }) => [label, look]))].filter(([label]) => label !== "");
	return named.map(([label, look]) => ({ label, width: STROKE, draw: (x, y) => drawSample(x, y, look) }));
}

/** The stroke of a series, from x on, at the height y. */
export function drawSample(x: number, y: number, look: Look): string {
	return drawStroke(`M${rounded(x)} ${rounded(y)}h${STROKE}`, look);
}

/** What the cross of marked values means. */
export function crossItem({ label, metric }: NonNullable<HeatmapFigure["mark"]>): LegendItem {
	return { label: label ?? nameInWords(metric), width: 12, draw: (x, y) => drawCross(x + 6, y) };
}
