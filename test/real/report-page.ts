/** Pages of results in a real Chromium, which may reach nothing but the pages themselves. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** Where Debian, and others, put it. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export function launch(): Promise<Browser> {
	if (CHROMIUM === undefined) throw new Error("there is no chromium: run test/real/setup.sh");
	return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

export interface OpenedPage {
	readonly page: Page;
	/** Addresses that the page asked for and that were not let through. */
	readonly refused: readonly string[];
	/** What went wrong on it. */
	readonly errors: readonly string[];
}

/** Opens an address once its timeline is drawn. Requests that do not begin with `allowed` are refused and noted. */
export async function opened(
	browser: Browser,
	address: string,
	colorScheme: "light" | "dark" = "light",
	allowed = address,
): Promise<OpenedPage> {
	const open = await loaded(browser, address, colorScheme, allowed);
	await open.page.evaluate(`new Promise((done) => {
		const look = () => (performance.getEntriesByName("timeline-drawn").length > 0 ? done() : requestAnimationFrame(look));
		look();
	})`);
	return open;
}

/** The same for a page without a timeline, as soon as it is loaded. */
export async function loaded(
	browser: Browser,
	address: string,
	colorScheme: "light" | "dark",
	allowed: string,
): Promise<OpenedPage> {
	const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
	const [refused, errors]: [string[], string[]] = [[], []];
	page.on("pageerror", (error) => errors.push(error.message));
	page.on("console", (message) => {
		if (message.type() === "error") errors.push(message.text());
	});
	await page.route("**", (route) => {
		const url = route.request().url();
		if (url.startsWith(allowed) || url.startsWith("data:")) return route.continue();
		refused.push(url);
		return route.abort();
	});
	await page.goto(address);
	return { page, refused, errors };
}

/** The colour of a picture's pixel, at shares of its width and height. */
export function colorAt(page: Page, run: number, x: number, y: number): Promise<readonly number[]> {
	return page.evaluate(`(() => {
		const canvas = document.querySelectorAll("#timeline canvas")[${run}];
		const [left, top] = [Math.floor(${x} * canvas.width), Math.floor(${y} * canvas.height)];
		return [...canvas.getContext("2d").getImageData(left, top, 1, 1).data.slice(0, 3)];
	})()`);
}

/** Waits until what was asked of the timeline is on the screen. */
export async function drawn(page: Page): Promise<void> {
	await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}
