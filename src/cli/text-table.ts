/** Tables of text for stdout: for people, for Markdown, for spreadsheets. */
import { csvField } from "../experiment/export/csv-field.js";

export interface Column {
	readonly title: string;
	readonly align: "left" | "right";
}

/** Columns apart by two spaces, no lines: what kubectl users expect, and easy to paste. */
export function plainTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
	const lines = [columns.map(({ title }) => title), ...rows];
	const widths = columns.map((_, c) => Math.max(...lines.map((cells) => cells[c]!.length)));
	const padded = (text: string, c: number) =>
		columns[c]!.align === "right" ? text.padStart(widths[c]!) : text.padEnd(widths[c]!);
	return lines.map((cells) => `${cells.map(padded).join("  ").trimEnd()}\n`).join("");
}

/** GitHub's Markdown tables. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
	const rule = columns.map(({ align }) => (align === "right" ? "---:" : "---"));
	return line(columns.map(({ title }) => title)) + line(rule) + rows.map(line).join("");
}

/** RFC 4180, with line feeds. */
export function csvTable(names: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
	const cell = (value: string | number | null) => (value === null ? "" : csvField(String(value)));
	return [names, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}
