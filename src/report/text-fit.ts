/**
 * Room that text needs, without a font at hand: by the widest letters of the widest font that a chart may meet, DejaVu Sans, so
 * that what fits by this measure fits on every machine.
 */

/** Upper estimate of the width in pixels of one line of sans-serif text; bold text is wider by `BOLD`. */
export function textWidth(text: string, fontSize: number): number {
	let ems = 0;
	for (const character of text) ems += CLASSES.find(([letters]) => letters.test(character))?.[1] ?? OTHER;
	return ems * fontSize;
}

export const BOLD = 1.1;

/** The text broken between words into lines of at most `width` pixels; a longer word has a line to itself and is cut. */
export function wrapText(text: string, width: number, fontSize: number): readonly string[] {
	const lines: string[] = [];
	let line = "";
	for (const word of text.split(/\s+/).filter((part) => part !== "")) {
		const longer = line === "" ? word : `${line} ${word}`;
		if (line !== "" && textWidth(longer, fontSize) > width) {
			lines.push(line);
			line = word;
		} else line = longer;
	}
	if (line !== "") lines.push(line);
	return lines.map((whole) => cutText(whole, width, fontSize));
}

/** The text, or as much of its beginning as fits before an ellipsis. */
export function cutText(text: string, width: number, fontSize: number): string {
	if (textWidth(text, fontSize) <= width) return text;
	const characters = [...text];
	while (characters.length > 0 && textWidth(`${characters.join("")}…`, fontSize) > width) characters.pop();
	return `${characters.join("").trimEnd()}…`;
}

const CLASSES: readonly (readonly [RegExp, number])[] = [
	[/[ijlftrIJ.,;:'|!()[\]/ -]/, 0.42],
	[/[mwMW%@…]/, 1],
	[/[a-z0-9]/, 0.64],
	[/[A-Z]/, 0.79],
];
/** Han characters, signs and what nobody foresaw. */
const OTHER = 1;
