/** SVG as text: elements, escaped text, coordinates of two digits, so that equal charts are equal bytes. */
import { INK } from "./palette.js";

export type Attributes = Readonly<Record<string, string | number>>;

/** Size in pixels, and what readers of the drawing hear of it, in plain text. */
export interface Drawing {
	readonly width: number;
	readonly height: number;
	readonly title: string;
	readonly description: string;
}

/** A whole SVG document on white, a line for each part that is not empty: it reads the same on light and dark pages. */
export function drawing({ width, height, title, description }: Drawing, parts: readonly string[]): string {
	const root = {
		xmlns: "http://www.w3.org/2000/svg",
		width,
		height,
		viewBox: `0 0 ${rounded(width)} ${rounded(height)}`,
		role: "img",
		"aria-label": title,
		"font-family": FONT,
		fill: INK.strong,
	};
	const lines = [
		element("title", {}, escapeText(title)),
		element("desc", {}, escapeText(description)),
		element("rect", { width, height, rx: 6, fill: "#ffffff" }),
		...parts.filter((part) => part !== ""),
	];
	return `${element(
		"svg",
		root,
		lines.map((line) => `${line}\n`),
	)}\n`;
}

/** Parts moved together, by pixels. */
export function translated(x: number, y: number, parts: readonly string[], attributes: Attributes = {}): string {
	return element("g", { ...attributes, transform: `translate(${rounded(x)} ${rounded(y)})` }, parts);
}

/** An element; children are markup already. Numbers are rounded to hundredths of a pixel. */
export function element(tag: string, attributes: Attributes, children: readonly string[] | string = []): string {
	const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${attribute(value)}"`);
	const inner = typeof children === "string" ? children : children.join("");
	return inner === "" ? `<${tag}${written.join("")}/>` : `<${tag}${written.join("")}>${inner}</${tag}>`;
}

/** A line of text whose baseline begins at (x, y), or is anchored there. */
export function text(content: string, x: number, y: number, attributes: Attributes = {}): string {
	return element("text", { x, y, ...attributes }, escapeText(content));
}

/** Fonts that every machine has one of. */
const FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/** A coordinate as it is written: in hundredths of a pixel. */
export function rounded(value: number): string {
	// Not -0: it prints as "0" here, and so does what rounds to it.
	return String(Math.round(value * 100) / 100);
}

/** Character data: XML's special characters escaped, characters that XML 1.0 forbids (section 2.2) replaced by U+FFFD. */
export function escapeText(text: string): string {
	return text.replaceAll(FORBIDDEN, "\uFFFD").replaceAll(/[&<>"]/g, (special) => ESCAPES[special]!);
}

function attribute(value: string | number): string {
	if (typeof value === "string") return escapeText(value);
	return rounded(value);
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
