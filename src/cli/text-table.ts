/** Tables of text for stdout: for people, for Markdown, for spreadsheets. */
import Table from "cli-table3";

export interface Column {
	readonly title: string;
	readonly align: "left" | "right";
}

/** Columns apart by two spaces, no lines: what kubectl users expect, and easy to paste. */
export function plainTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
	const table = new Table({
		head: columns.map(({ title }) => title),
		style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 1 },
		chars: PLAIN,
		colAligns: columns.map(({ align }) => align),
	});
	for (const row of rows) table.push([...row]);
	return `${table.toString().replaceAll(/ +$/gm, "")}\n`;
}

/** GitHub's Markdown tables. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
	const rule = columns.map(({ align }) => (align === "right" ? "---:" : "---"));
	return line(columns.map(({ title }) => title)) + line(rule) + rows.map(line).join("");
}

/** RFC 4180, with line feeds. */
export function csvTable(names: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
	const cell = (value: string | number | null) => {
		const text = value === null ? "" : String(value);
		return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
	};
	return [names, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

const PLAIN = {
	top: "",
	"top-mid": "",
	"top-left": "",
	"top-right": "",
	bottom: "",
	"bottom-mid": "",
	"bottom-left": "",
	"bottom-right": "",
	left: "",
	"left-mid": "",
	mid: "",
	"mid-mid": "",
	right: "",
	"right-mid": "",
	middle: " ",
} as const;
