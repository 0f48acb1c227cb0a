import { expect, test } from "vitest";
import { parseTimestamp } from "../../src/objects/timestamp.js";

const MAY_2024 = Date.UTC(2024, 4, 1) * 1000;

test.each([
	["2024-05-01T00:00:00Z", MAY_2024],
	["2024-05-01T00:00:01.5Z", MAY_2024 + 1_500_000],
	["2024-05-01T00:00:00.123456789Z", MAY_2024 + 123_456],
	["2024-05-01t02:00:00+02:00", MAY_2024],
	["1969-12-31T23:59:59.25Z", -750_000],
	["2024-05-01", null],
	["2024-05-01T00:00:00", null],
	["2024-13-01T00:00:00Z", null],
	["<Now>", null],
])("%s", (text, us) => {
	expect(parseTimestamp(text)).toBe(us);
});
