/**
 * Parts of a Markdown file that a program writes, between `<!-- generated:NAME -->` and the next `<!-- /generated -->`. Everything
 * around them belongs to people.
 */
import { InputError } from "../objects/input-error.js";

/** What stands between the markers of `name`, without the line ends next to them. InputError if it is not there exactly once. */
export function readBlock(markdown: string, name: string): string {
	const { from, to } = locate(markdown, name);
	return markdown.slice(from, to).replace(/^\n+|\n+$/g, "");
}

/** The Markdown with `content` between the markers of `name`. InputError if they are not there exactly once. */
export function replaceBlock(markdown: string, name: string, content: string): string {
	const { from, to } = locate(markdown, name);
	return `${markdown.slice(0, from)}\n${content.replace(/^\n+|\n+$/g, "")}\n${markdown.slice(to)}`;
}

const END = "<!-- /generated -->";

function locate(markdown: string, name: string): { from: number; to: number } {
	const begin = `<!-- generated:${name} -->`;
	const pieces = markdown.split(begin).length - 1;
	if (pieces !== 1) throw new InputError(`expected '${begin}' once, found it ${pieces} times`);
	const from = markdown.indexOf(begin) + begin.length;
	const to = markdown.indexOf(END, from);
	const next = markdown.indexOf("<!-- generated:", from);
	if (to === -1 || (next !== -1 && next < to)) throw new InputError(`'${begin}' is not followed by its '${END}'`);
	return { from, to };
}
