/**
 * The report on a day of 10,000 nodes under two policies, with every pod in it: below 5 MB, and whole. How quickly it is drawn is
 * measured by report-speed.mjs.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRuns } from "../../src/experiment/results/runs-table.js";
import { column, readTable } from "../../src/metrics/sinks/read.js";
import { paletteOf } from "../../src/report/timeline/colors.js";
import { NOT_READY } from "../../src/report/timeline/level.js";
import { colorAt, launch, opened } from "./report-page.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cellsim-day-"));
const results = join(folder, "cell-day");
const page = join(results, "report.html");
beforeAll(() => {
	for (const args of [
		["run", here("cell-day.yaml"), "-o", folder],
		["report", results],
	])
		execFileSync(process.execPath, [here("../../dist/cli/main.js"), ...args], { stdio: "ignore" });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("a day of 10,000 nodes and 190,000 pods, twice, is below 5 MB, and draws", async () => {
	expect(statSync(page).size).toBeLessThan(5_000_000);
	const browser = await launch();
	try {
		const { page: shown, refused, errors } = await opened(browser, `file://${page}`);
		expect([refused, errors]).toEqual([[], []]);
		expect(await shown.locator("#timeline-range").textContent()).toBe("0s to 1d; 10000 of 10000 nodes, n-0 to old-99");
		// The hundred nodes at the bottom fail from ten to noon: two rows of 230.
		const palette = paletteOf("light");
		const away = [...palette.subarray(4 * NOT_READY, 4 * NOT_READY + 3)];
		expect(await colorAt(shown, 0, 11 / 24, 0.9975)).toEqual(away);
		expect(await colorAt(shown, 1, 11 / 24, 0.9975)).toEqual(away);
		expect(await colorAt(shown, 0, 9 / 24, 0.9975)).not.toEqual(away);
		// A pod of the first run that is on its node at the end, and had been for two minutes, is there with its name.
		const [run] = await readRuns(results);
		const rows = await readTable(join(results, run!.run, "pods.arrow"));
		expect(rows.length).toBeGreaterThan(180_000);
		const [names, nodes, outcomes, bound] = ["name", "node", "outcome", "bound_time_us"].map((name) =>
			column(rows, name),
		);
		const last = outcomes!.findLastIndex((outcome, row) => outcome === "running" && (bound![row] as number) < 86_280e6);
		await shown.getByLabel("Find a node").fill(nodes![last] as string);
		await shown.keyboard.press("Enter");
		await shown.locator("#timeline canvas").first().focus();
		await shown.keyboard.press("End");
		const pods = await shown
			.locator("#timeline-details > details[open] table")
			.first()
			.locator("tbody td:first-child")
			.allTextContents();
		expect(pods).toContain(names![last]);
	} finally {
		await browser.close();
	}
}, 120_000);
