import { expect, test } from "vitest";
import { bandOf, isProduction, PRIORITY_BANDS } from "../../src/objects/priority-band.js";

test.each([
	[-1, "best-effort", false],
	[0, "best-effort", false],
	[99, "best-effort", false],
	[100, "batch", false],
	[119, "batch", false],
	[120, "production", true],
	[359, "production", true],
	[360, "monitoring", true],
	[2_000_000_000, "monitoring", true],
])("priority %d is of the band %s", (priority, band, production) => {
	expect([bandOf(priority), isProduction(priority)]).toEqual([band, production]);
	expect(PRIORITY_BANDS).toContain(band);
});
