/**
 * The gallery of Observable notebooks, built on fresh results of the project's own experiments and opened in a real Chromium: what is
 * drawn comes from the results, and nothing from outside.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tableFromIPC } from "apache-arrow";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, loaded, type OpenedPage } from "./report-page.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GALLERY = join(ROOT, "notebooks/gallery");
const run = promisify(execFile);

interface Expected {
	/** By chart: its marks, by what prepare.mjs runs. */
	readonly charts: readonly Readonly<Record<string, number>>[];
	/** In the captions, whose figures are counted from the results. */
	readonly says: RegExp;
}

const EXPECTED: Readonly<Record<string, Expected>> = {
	// Two architectures, four policies; four classes of pods, three quantiles.
	waiting: {
		charts: [{ line: 8 }, { line: 32, dot: 96 }],
		says: /one pod in a hundred waits \d\S* (min|h) or more under \S+, and \d\S* (min|h) under \S+\./,
	},
	day: {
		charts: [{ line: 8 }, { line: 8 }],
		says: /At worst \d+ pods wait for the one scheduler, and \d+ for the four\./,
	},
	// Of one architecture, 55 machines of the group g2, every half hour; both.
	packing: { charts: [{ rect: 4 * 55 * 48 }, { bar: 8 }], says: /Least with \S+ \(\S+, \d+\.\d%\), most with/ },
	// Two classes of jobs, seven decision times, three seeds.
	conflicts: {
		charts: [{ line: 2, dot: 42 }, { line: 2 }],
		says: /From \d+ s on, a service job conflicts more than once/,
	},
	// Four strategies: declared, available and updated; lost with and without a hook.
	rollout: { charts: [{ line: 12 }, { line: 8 }], says: /a quarter: \d+ and 0; .* all at once: [\d,]+ and [\d,]+\./ },
	// Declared and ready under four orchestrators.
	orchestrators: { charts: [{ line: 8 }, { bar: 4 }], says: /kubernetes after \d\S* s, .*, mesos never/ },
};

let folder: string;
let server: Server;
let browser: Browser;
let origin: string;

beforeAll(async () => {
	if (!existsSync(join(GALLERY, "node_modules")))
		throw new Error("run test/real/setup.sh first: the gallery has no node_modules");
	if (!existsSync(join(ROOT, "dist/cli/main.js"))) throw new Error("there is no dist/: run npm run build first");
	folder = await mkdtemp(join(tmpdir(), "cellsim-gallery-"));
	for (const name of readdirSync(GALLERY))
		if (![...MADE, "node_modules"].includes(name)) await cp(join(GALLERY, name), join(folder, name));
	await symlink(join(GALLERY, "node_modules"), join(folder, "node_modules"));
	await run(process.execPath, [join(GALLERY, "prepare.mjs"), join(folder, "data")], { cwd: folder });
	await run("npm", ["run", "--silent", "build"], { cwd: folder });
	server = createServer((request, response) => {
		const path = join(folder, "dist", new URL(request.url!, "http://gallery").pathname);
		const found = existsSync(path);
		response.writeHead(found ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
		response.end(found ? readFileSync(path) : "");
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	browser = await launch();
}, 300_000);

afterAll(async () => {
	await browser?.close();
	server?.close();
	if (folder !== undefined) await rm(folder, { recursive: true });
});

/** What is made, and not kept. */
const MADE = ["data", "dist", ".observable"];

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

const open = (name: string, scheme: "light" | "dark" = "light") =>
	loaded(browser, `${origin}${name}.html`, scheme, origin);

/** A page once so many charts are drawn; throws what a cell says that fails. */
async function drawn(name: string, charts: number, scheme?: "light" | "dark"): Promise<OpenedPage> {
	const opened = await open(name, scheme);
	const failed = await opened.page.evaluate<string | null>(`new Promise((done) => {
		const look = () => {
			const error = document.querySelector(".observablehq--error");
			if (error !== null) done(error.textContent);
			else if (document.querySelectorAll("figure").length >= ${charts}) done(null);
			else setTimeout(look, 20);
		};
		look();
	})`);
	if (failed !== null) throw new Error(failed);
	return opened;
}

/** By chart: how many shapes each kind of mark has that stands for data. */
function marks(page: Page): Promise<readonly Readonly<Record<string, number>>[]> {
	return page.evaluate(`[...document.querySelectorAll("figure")].map((figure) => {
		const counts = {};
		for (const mark of ["line", "dot", "rect", "bar"])
			for (const group of figure.querySelectorAll('g[aria-label="' + mark + '"]'))
				counts[mark] = (counts[mark] ?? 0) + group.querySelectorAll(":scope > :is(path, circle, rect), :scope > g > :is(path, circle, rect)").length;
		return counts;
	})`);
}

test("the index leads to every notebook, and the README names it", async () => {
	const { page, errors, refused } = await open("index");
	const links = await page.evaluate<string[]>(
		`[...document.querySelectorAll("main a")].map((link) => link.getAttribute("href"))`,
	);
	const names = readdirSync(GALLERY).flatMap((name) => (/^(?!index).*\.html$/.test(name) ? [name.slice(0, -5)] : []));
	expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
	expect([...links].sort()).toEqual(names.map((name) => `${name}.html`));
	expect([errors, refused]).toEqual([[], []]);
	const readme = readFileSync(join(ROOT, "notebooks/README.md"), "utf8");
	for (const name of names) expect(readme).toContain(`(gallery/${name}.html)`);
	await page.close();
});

describe.each(Object.entries(EXPECTED))("%s", (name, { charts, says }) => {
	test("draws what its runs say, with titles, units and a sentence, without an error and without asking anybody else", async () => {
		const { page, errors, refused } = await drawn(name, charts.length);
		expect(await marks(page)).toEqual(charts);
		const text = (selector: string) =>
			page.evaluate<string[]>(`[...document.querySelectorAll("${selector}")].map((node) => node.textContent)`);
		const captions = await text("figure figcaption");
		expect(captions).toHaveLength(charts.length);
		expect(captions.join("\n")).toMatch(says);
		expect(captions.join("\n")).not.toMatch(/NaN|undefined|Infinity/);
		expect(await text("figure h2")).toHaveLength(charts.length);
		expect(await page.evaluate(`document.body.innerHTML.includes("NaN")`)).toBe(false);
		expect([errors, refused]).toEqual([[], []]);
		await page.close();
	});
});

test("charts have the numbers of the tables: the most instances that were ready, under each orchestrator", async () => {
	const at = join(folder, "data/declarative-imperative");
	const read = async (file: string) => tableFromIPC(await readFile(join(at, file))).toArray();
	const expected = [];
	for (const { run, matrix_orchestrator } of await read("runs.arrow")) {
		const rows = (await read(`${run}/replicas.arrow`)).filter((row) => row.kind !== "ReplicaSet");
		expected.push([matrix_orchestrator, String(Math.max(...rows.map((row) => row.ready)))]);
	}
	const { page } = await drawn("orchestrators", 2);
	const bars = await page.evaluate(`(() => {
		const chart = [...document.querySelectorAll("figure")].at(-1);
		const words = (label) => [...chart.querySelectorAll('g[aria-label="' + label + '"] text')].map((node) => node.textContent);
		const numbers = words("text");
		return words("y-axis tick label").map((name, i) => [name, numbers[i]]);
	})()`);
	expect(bars).toEqual(expected);
	await page.close();
});

test("a choice draws its chart anew", async () => {
	const { page, errors } = await drawn("packing", 2);
	const lines = () =>
		page.evaluate<string>(
			`[...document.querySelector("figure").querySelectorAll("rect")].map((rect) => rect.getAttribute("fill")).join()`,
		);
	const before = await lines();
	await page.selectOption("select", "shared-state");
	await expect.poll(lines).not.toBe(before);
	expect(await marks(page)).toEqual(EXPECTED["packing"]!.charts);
	expect(errors).toEqual([]);
	await page.close();
});

test("by dark, paper is dark and colours are those for dark paper", async () => {
	const colours = async (scheme: "light" | "dark") => {
		const { page } = await drawn("day", 2, scheme);
		// A canvas knows every way to write a colour.
		const [paper, line] = await page.evaluate<[string, string]>(`(() => {
			const context = document.createElement("canvas").getContext("2d");
			const bytes = (color) => {
				context.fillStyle = color;
				context.fillRect(0, 0, 1, 1);
				return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].join(" ");
			};
			const line = document.querySelector('g[aria-label="line"] path');
			return [bytes(getComputedStyle(document.body).backgroundColor), bytes(getComputedStyle(line).stroke)];
		})()`);
		await page.close();
		return { paper, line };
	};
	expect(await colours("light")).toEqual({ paper: "255 255 255", line: "0 114 178" });
	const dark = await colours("dark");
	expect(dark.line).toBe("74 168 224");
	expect(Math.max(...dark.paper.split(" ").map(Number))).toBeLessThan(64);
});

test("a column that is called something else breaks the notebook that reads it", async () => {
	const page = await browser.newPage();
	const [name, other] = ["conflict_fraction.class_service", "conflict_fraction.class_services"];
	await page.route("**/runs-*.arrow", async (route) => {
		const response = await route.fetch();
		const body = (await response.body()).toString("latin1");
		// Of the same length, so that all offsets of the file stay.
		await route.fulfill({ response, body: Buffer.from(body.replaceAll(name, other.slice(1)), "latin1") });
	});
	await page.goto(`${origin}conflicts.html`);
	const error = page.locator(".observablehq--error").first();
	await error.waitFor();
	expect(await error.textContent()).toContain(`data/e08-conflicts/runs.arrow has no column '${name}'; it has run, `);
	expect(await page.locator("figure").count()).toBe(0);
	await page.close();
});
