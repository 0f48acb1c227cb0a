/** SVG documents read back. */
import { expect } from "vitest";

/** Names of elements in the order of their begin; fails unless every tag is closed in turn and every character escaped. */
export function tags(xml: string): readonly string[] {
	const [open, seen]: [string[], string[]] = [[], []];
	const token = /<(\/?)([a-z]+)((?: [A-Za-z0-9:-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
	const end = xml.trimEnd().length;
	while (token.lastIndex < end) {
		const at = token.lastIndex;
		const match = token.exec(xml);
		expect(match, `no tag or text at ${at}: ${xml.slice(at, at + 40)}`).not.toBeNull();
		const [whole, closing, name, , empty] = match!;
		expect(whole.replaceAll(/&(?:amp|lt|gt|quot);/g, "")).not.toContain("&");
		if (name === undefined) expect(open.length, "text outside of the document").toBeGreaterThan(0);
		else if (closing) expect(open.pop()).toBe(name);
		else {
			expect(seen.length === 0 || open.length > 0, "one root").toBe(true);
			seen.push(name);
			if (!empty) open.push(name);
		}
	}
	expect(open).toEqual([]);
	return seen;
}

/** What is written in the elements of a name, in the order of drawing. */
export function texts(svg: string, tag: string): readonly string[] {
	return [...svg.matchAll(new RegExp(`<${tag}[^>]*>([^<]*)</${tag}>`, "g"))].map(([, content]) => content!);
}

/** Every element of a name with its attributes, in the order of drawing. */
export function elements(svg: string, tag: string): readonly Readonly<Record<string, string>>[] {
	return [...svg.matchAll(new RegExp(`<${tag}((?: [A-Za-z0-9:-]+="[^"<]*")*)/?>`, "g"))].map(([, attributes]) =>
		Object.fromEntries(
			[...attributes!.matchAll(/ ([A-Za-z0-9:-]+)="([^"<]*)"/g)].map(([, name, value]) => [name!, value!]),
		),
	);
}
