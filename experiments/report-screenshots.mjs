// The screenshots of a report that README.md shows, light and dark: the timeline of two variants of the quickstart, with a place chosen.
// On built code, with a Chromium:
//
//     node experiments/report-screenshots.mjs [--results DIR]
//
// Runs that are complete in DIR/quickstart are taken from there; without --results they go after use.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const ONLY = ["architecture=shared-state", "policy=best-fit", "policy=worst-fit"].flatMap((value) => ["--only", value]);

const { values: options } = parseArgs({ options: { results: { type: "string" } } });
const folder = mkdtempSync(join(tmpdir(), "cellsim-screenshots-"));
const results = options.results ?? folder;
try {
	cellsim("run", here("quickstart.yaml"), ...ONLY, "-o", results);
	cellsim("report", join(results, "quickstart"), ...ONLY, "-o", folder);
	await shoot(join(folder, "report.html"));
} finally {
	rmSync(folder, { recursive: true });
}

function cellsim(...args) {
	const { status } = spawnSync(process.execPath, [here("../dist/cli/main.js"), ...args], {
		stdio: ["ignore", "ignore", "inherit"],
	});
	if (status !== 0) throw new Error(`cellsim ${args[0]} failed with exit code ${status}`);
}

async function shoot(file) {
	const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
	const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
	try {
		for (const colorScheme of ["light", "dark"]) {
			const page = await browser.newPage({ viewport: { width: 960, height: 900 }, colorScheme });
			await page.goto(`file://${file}`);
			const canvas = page.locator("#timeline canvas").first();
			await canvas.waitFor();
			await page.getByLabel("Show").selectOption("gpu");
			const { width, height } = await canvas.boundingBox();
			await canvas.click({ position: { x: 0.62 * width, y: 0.1 * height } });
			await page.mouse.move(0, 0);
			await page.evaluate("document.querySelector('#timeline .toolbar').scrollIntoView()");
			await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
			const path = here(`report-${colorScheme}.png`);
			await page.screenshot({ path });
			process.stderr.write(`wrote ${path}, ${Math.round(statSync(path).size / 1000)} kB\n`);
			await page.close();
		}
	} finally {
		await browser.close();
	}
}
