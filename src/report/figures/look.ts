/** What tells series apart: colour first, then the marker and the dashes, so that a figure also reads in grey. */
import { COLORS, INK } from "../palette.js";
import { type Attributes, element, rounded } from "../svg.js";

export interface Look {
	readonly color: string;
	/** SVG's stroke-dasharray, "" for a whole line. */
	readonly dash: string;
	readonly marker: Marker;
}

type Marker = (typeof MARKERS)[number];
const MARKERS = ["circle", "square", "triangle", "diamond"] as const;
const DASHES = ["", "6 3", "2 3", "8 3 2 3"] as const;

/** The look of the `series`-th value of a key, in its `variation`: one of several metrics. */
export function lookOf(series: number, variation: number): Look {
	const round = Math.floor(series / COLORS.length);
	return {
		color: COLORS[series % COLORS.length]!,
		dash: DASHES[(variation + round) % DASHES.length]!,
		marker: MARKERS[(series + variation) % MARKERS.length]!,
	};
}

/** A marker around (x, y); hollow for a value beyond the axis. */
export function drawMarker(x: number, y: number, { color, marker }: Look, hollow = false): string {
	const style = {
		fill: hollow ? "#ffffff" : color,
		stroke: hollow ? color : "#ffffff",
		"stroke-width": hollow ? 1.4 : 0.7,
	};
	const path = (corners: readonly (readonly [number, number])[]) =>
		element("path", {
			d: `M${corners.map(([dx, dy]) => `${rounded(x + dx)} ${rounded(y + dy)}`).join("L")}Z`,
			...style,
		});
	switch (marker) {
		case "circle":
			return element("circle", { cx: x, cy: y, r: 3.4, ...style });
		case "square":
			return element("rect", { x: x - 3, y: y - 3, width: 6, height: 6, ...style });
		case "triangle":
			return path([
				[0, -4],
				[3.8, 3],
				[-3.8, 3],
			]);
		case "diamond":
			return path([
				[0, -4.4],
				[4.4, 0],
				[0, 4.4],
				[-4.4, 0],
			]);
	}
}

/** A line along the path `d`. */
export function drawStroke(d: string, { color, dash }: Look): string {
	const dashes: Attributes = dash === "" ? {} : { "stroke-dasharray": dash };
	return element("path", { d, fill: "none", stroke: color, "stroke-width": 1.8, ...dashes });
}

/** A bar from one y to another with caps, around x. */
export function drawErrorBar(x: number, from: number, to: number, color: string): string {
	const d = `M${rounded(x - 3)} ${rounded(from)}h6m-3 0V${rounded(to)}m-3 0h6`;
	return element("path", { class: "error", d, stroke: color, "stroke-width": 1.2, fill: "none" });
}

/** The cross of a marked value. */
export function drawCross(x: number, y: number, size = 5): string {
	const d = `M${rounded(x - size)} ${rounded(y - size)}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}`;
	const outline = element("path", { d, stroke: "#ffffff", "stroke-width": 3.4, fill: "none" });
	return element("g", { class: "mark" }, [
		outline,
		element("path", { d, stroke: INK.strong, "stroke-width": 1.4, fill: "none" }),
	]);
}
