/**
 * Room that text needs, without a font at hand: a little more than the widest of the fonts that a chart asks for, so that what
 * fits by this measure fits on every machine.
 */

/** Upper estimate of the width in pixels of one line of sans-serif text. */
export function textWidth(text: string, fontSize: number): number {
	let ems = 0;
	for (const character of text) {
		if (NARROW.test(character)) ems += 0.4;
		else if (character >= "a" && character <= "z") ems += 0.63;
		else if (character < "\u3000") ems += 0.71;
		else ems += 1;
	}
	return ems * fontSize;
}

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

const NARROW = /[ijlftrI.,;:'|!()[\]/-]| /;
