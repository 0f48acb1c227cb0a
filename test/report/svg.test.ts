import { describe, expect, test } from "vitest";
import { element, escapeText } from "../../src/report/svg.js";

describe("element", () => {
	test.each([
		["empty: closed at once", element("rect", { x: 1, fill: "#fff" }), '<rect x="1" fill="#fff"/>'],
		["text inside", element("text", {}, "a"), "<text>a</text>"],
		["children in order", element("g", {}, [element("a", {}), element("b", {})]), "<g><a/><b/></g>"],
		[
			"hundredths of a pixel",
			element("line", { x1: 1 / 3, x2: 2.005, y1: -0.001 }),
			'<line x1="0.33" x2="2.01" y1="0"/>',
		],
		[
			"attributes are escaped",
			element("g", { "aria-label": '"a" & <b>' }),
			'<g aria-label="&quot;a&quot; &amp; &lt;b&gt;"/>',
		],
	])("%s", (_, written, expected) => {
		expect(written).toBe(expected);
	});
});

describe("escapeText", () => {
	test.each([
		["special characters", `1 < 2 & "3" > 2`, "1 &lt; 2 &amp; &quot;3&quot; &gt; 2"],
		["what XML forbids", "a\u0000b\u001bc\uFFFF", "a\uFFFDb\uFFFDc\uFFFD"],
		["half of a surrogate pair", "\uD83D!", "\uFFFD!"],
		["a whole pair, Han, accents", "😀 调度 é", "😀 调度 é"],
	])("%s", (_, text, expected) => {
		expect(escapeText(text)).toBe(expected);
	});
});
