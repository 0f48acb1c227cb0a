/**
 * The page of a report in a real Chromium: what is drawn, what a click and the keys show, in light and dark, and that nothing comes
 * from outside; and the same page served by `cellsim explore`.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { column, readTable } from "../../src/metrics/sinks/read.js";
import { embed } from "../../src/report/html/embed.js";
import { paletteOf, type Scheme } from "../../src/report/timeline/colors.js";
import { FULL, NOT_READY } from "../../src/report/timeline/level.js";
import { historyOf } from "../support/histories.js";
import { colorAt, drawn, launch, opened } from "./report-page.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here("../../dist/cli/main.js");
const cellsim = (...args: readonly string[]) => execFileSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });

/** 2 policies on 20 nodes with 8 CPUs each for half an hour; pods ask for one; n-0 is away from 10 min to 15 min. */
const SMALL = here("../fixtures/experiments/small.yaml");
const [END, NODES, CPUS] = [30 * 60e6, 20, 8];

const folder = mkdtempSync(join(tmpdir(), "cellsim-report-"));
const results = join(folder, "small");
let browser: Browser;
beforeAll(async () => {
	cellsim("run", SMALL, "-o", folder);
	cellsim("report", results);
	browser = await launch();
}, 120_000);
afterAll(async () => {
	await browser?.close();
	rmSync(folder, { recursive: true });
});

/** A place on a run's picture, as its table `changes` tells it. */
interface Known {
	readonly timeUs: number;
	readonly node: number;
	/** Pods there then, by number. */
	readonly pods: readonly number[];
}

/** The first place with three pods at which nothing changes for ten seconds. */
async function calmPlace(run: string): Promise<Known> {
	const rows = await readTable(join(results, run, "changes.arrow"));
	const [times, changes, nodes, pods] = ["time_us", "change", "node", "pod"].map((name) => column(rows, name));
	const there = new Map<string, { sinceUs: number; readonly pods: Set<number> }>();
	for (let row = 0; row < rows.length; row++) {
		const [timeUs, change, node] = [times![row] as number, changes![row] as string, nodes![row] as string];
		if (!["pod-bound", "pod-ended", "pod-requeued"].includes(change)) continue;
		const known = there.get(node) ?? { sinceUs: 0, pods: new Set<number>() };
		there.set(node, known);
		if (node !== "n-0" && known.pods.size === 3 && timeUs - known.sinceUs > 12e6)
			return { timeUs: (timeUs + known.sinceUs) / 2, node: Number(node.slice(2)), pods: [...known.pods] };
		known.sinceUs = timeUs;
		if (change === "pod-bound") known.pods.add(pods![row] as number);
		else known.pods.delete(pods![row] as number);
	}
	throw new Error("there is no such place");
}

async function namesOf(run: string, numbers: readonly number[]): Promise<readonly string[]> {
	const rows = await readTable(join(results, run, "pods.arrow"));
	const [pods, names] = [column(rows, "pod"), column(rows, "name")];
	return numbers.map((number) => names[pods.indexOf(number)] as string);
}

/** Runs of the first seed of each policy, which are those on the page. */
function runsShown(): readonly string[] {
	const manifests = readdirSync(results)
		.filter((name) => /^[0-9a-f]{12}$/.test(name))
		.map((name) => JSON.parse(readFileSync(join(results, name, "manifest.json"), "utf8")));
	const first = manifests.filter(({ plan }) => plan.seed === manifests.map((one) => one.plan.seed).sort()[0]);
	return first.sort((a, b) => a.plan.index - b.plan.index).map(({ id }) => id as string);
}

const colorOf = (scheme: Scheme, byte: number) => [...paletteOf(scheme).subarray(4 * byte, 4 * byte + 3)];
const shareOf = ({ timeUs, node }: Pick<Known, "timeUs" | "node">) => [timeUs / END, (node + 0.5) / NODES] as const;
const text = async (page: Page, id: string) => (await page.locator(`#${id}`).textContent())!;

/** Whether every run's picture has the colours that its tables say. */
async function checkPictures(page: Page, scheme: Scheme): Promise<void> {
	for (const [number, run] of runsShown().entries()) {
		const place = await calmPlace(run);
		expect(await colorAt(page, number, ...shareOf(place))).toEqual(colorOf(scheme, (3 / CPUS) * FULL));
		expect(await colorAt(page, number, ...shareOf({ timeUs: 12.5 * 60e6, node: 0 }))).toEqual(
			colorOf(scheme, NOT_READY),
		);
		expect(await colorAt(page, number, ...shareOf({ timeUs: 0, node: 0 }))).toEqual(colorOf(scheme, 0));
	}
}

describe("the page of a report", () => {
	const address = `file://${join(results, "report.html")}`;

	test.each([
		"light",
		"dark",
	] as const)("draws what the tables say, %s, and asks for nothing from outside", async (scheme) => {
		const { page, refused, errors } = await opened(browser, address, scheme);
		await checkPictures(page, scheme);
		const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
		expect(ground).toBe(scheme === "light" ? "rgb(255, 255, 255)" : "rgb(13, 17, 23)");
		expect(await page.locator("main > section > h2").allTextContents()).toEqual([
			"Summary",
			"Pending time",
			"The cell over time",
			"Transactions and conflicts",
			"Timeline of the cell",
		]);
		expect(await page.locator(".drawn svg").count()).toBe(5);
		expect([refused, errors]).toEqual([[], []]);
		// Even a script on it could not reach anybody.
		const sent = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')");
		expect([sent, refused]).toEqual(["refused", []]);
		await page.close();
	});

	test("a click shows the pods of the node then, in both runs, and why; the command for more works", async () => {
		const { page } = await opened(browser, address);
		const [run] = runsShown();
		const place = await calmPlace(run!);
		const canvas = page.locator("#timeline canvas").first();
		const { width, height } = (await canvas.boundingBox())!;
		const [x, y] = shareOf(place);
		await canvas.hover({ position: { x: x * width, y: y * height } });
		expect(await text(page, "timeline-hint")).toMatch(
			new RegExp(`^n-${place.node} at [0-9hms]+\\. CPU requested: 37.5 %\\. 3 pods$`),
		);
		await canvas.click({ position: { x: x * width, y: y * height } });
		expect(await text(page, "timeline-place")).toContain(`n-${place.node} at `);
		const first = page.locator("#timeline-details > details[open]");
		expect(await first.count()).toBe(1);
		const names = await first.locator("table").first().locator("tbody td:first-child").allTextContents();
		expect([...names].sort()).toEqual([...(await namesOf(run!, place.pods))].sort());
		const why = await first.locator("table").first().locator("tbody td:last-child").allTextContents();
		for (const words of why)
			expect(words).toMatch(/^placed by \S+ .* after it was submitted, (at the first attempt|\d+ attempts)/);
		const command = (await first.locator("code").last().textContent())!;
		expect(cellsim(...command.split(" ").slice(1))).toContain(`pod ${names[0]} `);
		expect(await page.locator("#timeline-details > details").count()).toBe(2);
		await page.close();
	});

	test("the keyboard does all of it", async () => {
		const { page } = await opened(browser, address);
		await page.keyboard.press("Tab");
		expect(await page.evaluate("document.activeElement.textContent")).toBe("To the content");
		const canvas = page.getByRole("application", { name: "Nodes over time: best-fit, seed 1" });
		await canvas.focus();
		for (const key of ["Enter", "Home", "PageUp"]) await page.keyboard.press(key);
		expect(await text(page, "timeline-place")).toMatch(/^best-fit, seed 1: n-0 at 0s\. CPU requested: 0/);
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Shift+ArrowRight");
		// Half an hour in at most 1,440 steps: two seconds each.
		expect(await text(page, "timeline-place")).toMatch(/: n-1 at 20s\./);
		expect(await text(page, "timeline-range")).toBe("0s to 30m; 20 of 20 nodes, n-0 to n-19");
		await page.keyboard.press("+");
		await drawn(page);
		expect(await text(page, "timeline-range")).toMatch(/^\S+ to 20m\S*; 14 of 20 nodes, n-0 to n-13$/);
		await page.keyboard.press("0");
		await drawn(page);
		expect(await text(page, "timeline-range")).toBe("0s to 30m; 20 of 20 nodes, n-0 to n-19");
		await page.keyboard.press("Escape");
		expect([await text(page, "timeline-place"), await text(page, "timeline-details")]).toEqual(["", ""]);
		await page.close();
	});

	test("other layers, another order, a node by name", async () => {
		const { page } = await opened(browser, address);
		const show = page.getByLabel("Show");
		expect(await show.locator("option").allTextContents()).toEqual([
			"CPU requested",
			"memory requested",
			"GPU requested",
			"pods on the node",
		]);
		await show.selectOption("pods");
		await page.getByLabel("Find a node").fill("n-7");
		await page.keyboard.press("Enter");
		expect(await text(page, "timeline-place")).toMatch(/n-7 at .*\. pods on the node: [\d.]+\. /);
		await page.getByLabel("Find a node").fill("nowhere");
		await page.keyboard.press("Enter");
		expect(await page.evaluate("document.getElementById('timeline-find').validationMessage")).toBe(
			"no node is called 'nowhere'",
		);
		await page.getByLabel("Order of nodes").selectOption("busiest");
		await drawn(page);
		expect(await text(page, "timeline-range")).not.toContain("n-0 to n-19");
		expect(await text(page, "timeline-place")).toContain("n-7 at ");
		for (const name of ["Zoom in", "Zoom out", "Everything"])
			expect(await page.getByRole("button", { name }).count()).toBe(1);
		await page.close();
	});

	test("dragging and the wheel move and zoom; a wheel over a picture that was not chosen scrolls the page", async () => {
		const { page } = await opened(browser, address);
		const canvas = page.locator("#timeline canvas").first();
		await canvas.scrollIntoViewIfNeeded();
		const box = (await canvas.boundingBox())!;
		await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
		const range = () => text(page, "timeline-range");
		const whole = await range();
		await page.mouse.wheel(0, -10);
		await drawn(page);
		expect(await range()).toBe(whole);
		await canvas.focus();
		await page.mouse.wheel(0, -600);
		await expect.poll(range).not.toBe(whole);
		const zoomed = await range();
		await page.mouse.down();
		await page.mouse.move(box.x + box.width / 2 + 100, box.y + box.height / 2, { steps: 4 });
		await page.mouse.up();
		await drawn(page);
		expect(await range()).not.toBe(zoomed);
		expect(await text(page, "timeline-place")).toBe("");
		await page.close();
	});
});

test("a run that is too large for its room is a picture, which says how to see its pods", async () => {
	const PAGE = here("../../dist/report/html/page.js");
	const { pageHtml } = (await import(PAGE)) as typeof import("../../src/report/html/page.js");
	// A linear congruential generator's times, in which gzip finds nothing.
	let seed = 1;
	const drawnUs = () => Math.floor(((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * 97_000e6);
	const stays = Array.from({ length: 10_000 }, (_, i) => ({ node: i % 2, cpu: 1, fromUs: drawnUs(), toUs: 98_000e6 }));
	const history = historyOf({ endUs: 99_000e6, nodes: [5000, 10_000], stays });
	const run = { variant: "</script>", seed: "1", run: "r", folder: "results/r" };
	const { run: embedded, text: data } = embed(run, history, "e", 6000)!;
	expect(embedded.data.kind).toBe("picture");
	const html = pageHtml({
		title: "<b>",
		facts: [],
		sections: [],
		timeline: [embedded],
		data: [{ element: "e", text: data }],
		fetches: "none",
	});
	const file = join(folder, "picture.html");
	writeFileSync(file, html);
	const { page, errors } = await opened(browser, `file://${file}`);
	// At 97,500 s all are there: 5000 of 5000, and 5000 of 10000.
	expect(await colorAt(page, 0, 97.5 / 99, 0.25)).toEqual(colorOf("light", FULL));
	expect(await colorAt(page, 0, 97.5 / 99, 0.75)).toEqual(colorOf("light", FULL / 2));
	expect([await page.locator("h1").textContent(), await page.locator("figcaption").textContent()]).toEqual([
		"<b>",
		"</script>, seed 1",
	]);
	await page.locator("#timeline canvas").focus();
	await page.keyboard.press("Enter");
	expect(await text(page, "timeline-details")).toContain("Which pods were there: cellsim explore results/r");
	expect(await text(page, "timeline-notes")).toContain("the pods are left out, to keep the report small");
	expect(errors).toEqual([]);
	await page.close();
});

describe("explore", () => {
	let served: ChildProcess;
	afterAll(() => served?.kill());

	test("shows the same pictures, straight from the tables of the runs", async () => {
		const runs = runsShown().map((run) => join(results, run));
		served = spawn(process.execPath, [MAIN, "explore", ...runs], { stdio: ["ignore", "pipe", "ignore"] });
		const address = await new Promise<string>((resolve) =>
			served.stdout!.once("data", (data) => resolve(String(data).trim())),
		);
		const { page, refused, errors } = await opened(browser, address, "light");
		await checkPictures(page, "light");
		expect(await page.locator("#timeline figcaption").allTextContents()).toEqual([
			"policy=best-fit, seed 1",
			"policy=random-fit, seed 1",
		]);
		// Times from the tables are exact.
		const place = await calmPlace(runsShown()[1]!);
		const canvas = page.locator("#timeline canvas").nth(1);
		const { width, height } = (await canvas.boundingBox())!;
		const [x, y] = shareOf(place);
		await canvas.click({ position: { x: x * width, y: y * height } });
		const names = await page
			.locator("#timeline-details > details[open] table")
			.first()
			.locator("tbody td:first-child")
			.allTextContents();
		expect([...names].sort()).toEqual([...(await namesOf(runsShown()[1]!, place.pods))].sort());
		expect([refused, errors]).toEqual([[], []]);
		await page.close();
	});
});
