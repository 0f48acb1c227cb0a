import { describe, expect, test } from "vitest";
import { readBlock, replaceBlock } from "../../src/report/generated-block.js";

const MARKDOWN = `# Title
<!-- generated:table -->
<!-- /generated -->
between
<!-- generated:digest -->
old
lines
<!-- /generated -->
end
`;

test("only what is between the markers of that name changes", () => {
	expect(replaceBlock(MARKDOWN, "digest", "new\n")).toBe(MARKDOWN.replace("old\nlines", "new"));
	expect(replaceBlock(MARKDOWN, "table", "row")).toBe(MARKDOWN.replace("table -->\n", "table -->\nrow\n"));
});

test("what was put in is read back, and writing it again changes nothing", () => {
	const once = replaceBlock(MARKDOWN, "table", "```text\n$& is no pattern\n```");
	expect(readBlock(once, "table")).toBe("```text\n$& is no pattern\n```");
	expect(replaceBlock(once, "table", readBlock(once, "table"))).toBe(once);
});

describe("markers that are not there exactly once", () => {
	test.each([
		["missing", "# Title\n", "expected '<!-- generated:table -->' once, found it 0 times"],
		["twice", MARKDOWN + MARKDOWN, "expected '<!-- generated:table -->' once, found it 2 times"],
		[
			"without an end",
			"<!-- generated:table -->\n",
			"'<!-- generated:table -->' is not followed by its '<!-- /generated -->'",
		],
		[
			"ended by the next one's end",
			MARKDOWN.replace("<!-- /generated -->\n", ""),
			"'<!-- generated:table -->' is not followed by its '<!-- /generated -->'",
		],
	])("%s", (_, markdown, message) => {
		expect(() => replaceBlock(markdown, "table", "row")).toThrow(message);
		expect(() => readBlock(markdown, "table")).toThrow(message);
	});
});
