// How quickly a report is drawn in Chromium, in time to the first drawing of the timeline and in frames a second while it is dragged and
// zoomed. On built code:
//
//     node test/real/report-speed.mjs [REPORT.html]
//
// Without a report: that on the day of 10,000 nodes in cell-day.yaml, which is run first. One JSON line a figure.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here("../../dist/cli/main.js");
const FRAMES = 90;

const folder = process.argv[2] === undefined ? mkdtempSync(join(tmpdir(), "cellsim-speed-")) : null;
try {
	await measure(folder === null ? resolve(process.argv[2]) : dayReport(folder));
} finally {
	if (folder !== null) rmSync(folder, { recursive: true });
}

function dayReport(into) {
	for (const args of [
		["run", here("cell-day.yaml"), "-o", into],
		["report", join(into, "cell-day")],
	])
		execFileSync(process.execPath, [MAIN, ...args], { stdio: "ignore" });
	return join(into, "cell-day/report.html");
}

async function measure(file) {
	const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
	const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
	try {
		const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
		await page.goto(`file://${file}`);
		const drawn = await page.evaluate(`new Promise((done) => {
			const look = () => {
				const [mark] = performance.getEntriesByName("timeline-drawn");
				if (mark) done(mark.startTime);
				else requestAnimationFrame(look);
			};
			look();
		})`);
		say("report.size", statSync(file).size / 1e6, "MB");
		say("report.first_drawing", drawn / 1000, "s");
		say("report.pan", await framesPerSecond(page, "pan"), "frames/s");
		say("report.zoom", await framesPerSecond(page, "zoom"), "frames/s");
	} finally {
		await browser.close();
	}
}

/** Something new to draw in every frame, from full view; the mean over all frames. */
function framesPerSecond(page, what) {
	return page.evaluate(`new Promise((done) => {
		const canvas = document.querySelector("#timeline canvas");
		canvas.scrollIntoView();
		canvas.focus();
		const box = canvas.getBoundingClientRect();
		const at = (x) => ({ clientX: box.left + x, clientY: box.top + 60, bubbles: true, cancelable: true, pointerId: 1 });
		const wheel = (deltaY) => canvas.dispatchEvent(new WheelEvent("wheel", { ...at(300), deltaY }));
		canvas.setPointerCapture = () => {};
		document.getElementById("timeline-whole").click();
		if (${JSON.stringify(what)} === "pan") {
			for (let i = 0; i < 4; i++) wheel(-300);
			canvas.dispatchEvent(new PointerEvent("pointerdown", at(300)));
		}
		let [frame, from] = [0, 0];
		const next = (now) => {
			if (frame === 0) from = now;
			if (frame === ${FRAMES}) return done((1000 * ${FRAMES}) / (now - from));
			if (${JSON.stringify(what)} === "pan") canvas.dispatchEvent(new PointerEvent("pointermove", at(300 + (frame % 2 ? 5 : -5) * (frame % 40))));
			else wheel(frame < ${FRAMES} / 2 ? -40 : 40);
			frame++;
			requestAnimationFrame(next);
		};
		requestAnimationFrame(next);
	})`);
}

function say(name, value, unit) {
	process.stdout.write(`${JSON.stringify({ name, value: Math.round(value * 100) / 100, unit })}\n`);
}
