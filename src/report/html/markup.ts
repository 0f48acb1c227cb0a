/** HTML as text: what comes from files is escaped. */
import { escapeText } from "../svg.js";

/** The markup of one cell of a table. */
export type TableCell = string;

interface CellOptions {
	readonly number?: boolean;
	/** A second line. */
	readonly small?: string;
	readonly title?: string;
}

export function cell(text: string, { number = false, small, title }: CellOptions = {}): TableCell {
	const attributes = `${number ? ' class="number"' : ""}${title === undefined ? "" : ` title="${escapeText(title)}"`}`;
	return `<td${attributes}>${escapeText(text)}${small === undefined ? "" : `<small>${escapeText(small)}</small>`}</td>`;
}

/** A table that scrolls in its own box, which the keyboard can reach. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly TableCell[])[]): string {
	const titles = head.map((title) => `<th scope="col">${escapeText(title)}</th>`).join("");
	const body = rows.map((cells) => `<tr>${cells.join("")}</tr>`).join("\n");
	return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeText(caption)}"><table><caption>${escapeText(caption)}</caption><thead><tr>${titles}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

export function notes(lines: readonly string[]): string {
	if (lines.length === 0) return "";
	return `<ul class="notes">${[...new Set(lines)].map((line) => `<li>${escapeText(line)}</li>`).join("")}</ul>`;
}

/** Plain data within a script element, as JSON that nothing in it may end. */
export function dataInScript(data: unknown): string {
	return JSON.stringify(data).replaceAll("<", "\\u003c");
}

/** A program within a script element: nothing in its texts may end the element. */
export function codeInScript(code: string): string {
	return code.replaceAll(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--");
}
