/** How charts of the gallery look: one width, one palette for light and dark, titles and axes in the same place. */
import * as Plot from "@observablehq/plot";

/** Colours of the page, which differ between light and dark; page.tmpl has them. */
export const COLORS: readonly string[] = [1, 2, 3, 4, 5, 6].map((i) => `var(--series-${i})`);

/** Lines that readers are to compare something with. */
export const SOFT = "var(--soft)";

const MARGINS = { marginLeft: 56, marginRight: 36, marginTop: 40, marginBottom: 48 };

/** A chart as wide as the page. `caption` is what one sees in it. */
export function chart(
	width: number,
	{ color, ...options }: Plot.PlotOptions & { readonly title: string; readonly caption: string },
): HTMLElement | SVGElement {
	const wide = Math.min(width, 1120);
	const scale = color === undefined ? {} : { color: color.type === undefined ? { range: COLORS, ...color } : color };
	return Plot.plot({ width: wide, ...MARGINS, grid: true, style: "font-size: 12px", ...scale, ...options });
}

/** A choice, for `view` of a notebook. */
export function choice(label: string, values: readonly string[]): HTMLFormElement {
	const form = document.createElement("form");
	form.className = "choice";
	const select = document.createElement("select");
	select.id = `choice-${label.replaceAll(/\W+/g, "-")}`;
	for (const value of values) select.add(new Option(value));
	const name = document.createElement("label");
	name.htmlFor = select.id;
	name.textContent = label;
	form.append(name, select);
	Object.defineProperty(form, "value", { get: () => select.value });
	return form;
}

/** `250 ms`, `4.2 s`, `3 min`, `1.5 h`. */
export function duration(seconds: number): string {
	const [unit, size] =
		seconds < 1 ? ["ms", 0.001] : seconds < 120 ? ["s", 1] : seconds < 3600 ? ["min", 60] : ["h", 3600];
	return `${(seconds / size).toLocaleString("en-US", { maximumSignificantDigits: 2 })} ${unit}`;
}

/** Seconds of `100ms`, `10s`, `5m`, `1h`: how experiment files write durations. */
export function seconds(written: string): number {
	const [, number, unit] = /^([\d.]+)(us|ms|s|m|h)$/.exec(written) ?? [];
	if (number === undefined) throw new Error(`'${written}' is no duration`);
	return Number(number) * { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }[unit as "us" | "ms" | "s" | "m" | "h"];
}
