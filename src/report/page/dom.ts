/** Elements of the page, made and found. */

type Children = readonly (Node | string)[];

export function make<Tag extends keyof HTMLElementTagNameMap>(
	tag: Tag,
	attributes: Readonly<Record<string, string>> = {},
	children: Children = [],
): HTMLElementTagNameMap[Tag] {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
	element.append(...children);
	return element;
}

/** A table with a head, each cell a text. */
export function makeTable(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
	const table = make("table", {}, [
		make("caption", {}, [caption]),
		make("thead", {}, [
			make(
				"tr",
				{},
				head.map((title) => make("th", { scope: "col" }, [title])),
			),
		]),
		make(
			"tbody",
			{},
			rows.map((cells) =>
				make(
					"tr",
					{},
					cells.map((cell) => make("td", {}, [cell])),
				),
			),
		),
	]);
	return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, [table]);
}

/** The element with an id; an error if the page has none. */
export function found<Element extends HTMLElement>(id: string, type: new () => Element): Element {
	const element = document.getElementById(id);
	if (element instanceof type) return element;
	throw new Error(`the page has no '${id}'`);
}
