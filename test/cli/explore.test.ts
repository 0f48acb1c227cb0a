/** `cellsim explore`: one page and the tables that it names, for this machine only, until it is told to end. */
import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readRuns } from "../../src/experiment/results/runs-table.js";
import { cellsim, edit, filesIn, folderWith, type Outcome, SMALL_TEXT } from "./cellsim.js";

let cwd = "";
let run = "";
beforeAll(async () => {
	cwd = folderWith({ "e.yaml": edit(SMALL_TEXT, "{base: 1, count: 2}", "[1]") });
	expect((await cellsim(["run", "e.yaml", "-o", "out", "--only", "policy=best-fit"], { cwd })).code).toBe(0);
	const [only] = await readRuns(join(cwd, "out/small"));
	run = join("out/small", only!.run);
	writeFileSync(join(cwd, "secret"), "not for others");
});

interface Answer {
	readonly status: number;
	readonly type: string | undefined;
	readonly body: Buffer;
}

/** The path goes out as it is: nothing in between tidies it up. */
function ask(
	address: string,
	path: string,
	{ method = "GET", host }: { method?: string; host?: string } = {},
): Promise<Answer> {
	const { port } = new URL(address);
	return new Promise((resolve, reject) => {
		const headers = host === undefined ? {} : { host };
		const sent = request({ host: "127.0.0.1", port, path, method, headers }, (answer: IncomingMessage) => {
			const parts: Buffer[] = [];
			answer.on("data", (part: Buffer) => parts.push(part));
			answer.on("end", () =>
				resolve({ status: answer.statusCode!, type: answer.headers["content-type"], body: Buffer.concat(parts) }),
			);
		});
		sent.on("error", reject);
		sent.end();
	});
}

/** Explores while `act` goes on, then ends it with a signal. */
async function exploring(
	args: readonly string[],
	act: (address: string) => Promise<void>,
	signal: NodeJS.Signals = "SIGTERM",
): Promise<Outcome> {
	let child: ChildProcess | undefined;
	const ended = cellsim(["explore", ...args], {
		cwd,
		started: (process) => {
			child = process;
		},
	});
	const address = await new Promise<string>((resolve, reject) => {
		child!.stdout!.once("data", (text: string) => resolve(text.trim()));
		child!.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
	});
	try {
		await act(address);
	} finally {
		child!.kill(signal);
	}
	return ended;
}

describe("explore", () => {
	test("serves the page and the run's tables, and nothing else; SIGTERM ends it", async () => {
		const before = filesIn(cwd);
		const { code, stdout } = await exploring([run], async (address) => {
			expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
			const page = await ask(address, "/");
			expect([page.status, page.type]).toEqual([200, "text/html; charset=utf-8"]);
			expect(page.body.toString()).toContain("connect-src 'self'");
			const pods = await ask(address, "/runs/0/pods.arrow");
			expect(pods.type).toBe("application/vnd.apache.arrow.file");
			expect(pods.body.equals(readFileSync(join(cwd, run, "pods.arrow")))).toBe(true);
			const head = await ask(address, "/runs/0/pods.arrow", { method: "HEAD" });
			expect([head.status, head.body.length]).toEqual([200, 0]);
			for (const path of [
				"/runs/0/../../../../secret",
				"/../secret",
				"/runs/0/%2e%2e/%2e%2e/secret",
				"/runs/0/manifest.json",
				"/runs/1/pods.arrow",
				`//etc/passwd`,
				"/runs/0/pods.arrow/",
				"/constructor",
			])
				expect([path, (await ask(address, path)).status]).toEqual([path, 404]);
			for (const method of ["POST", "PUT", "DELETE"])
				expect((await ask(address, "/runs/0/pods.arrow", { method })).status).toBe(405);
			// A name that leads here, from a page elsewhere.
			expect((await ask(address, "/", { host: "rebound.example" })).status).toBe(403);
		});
		expect({ code, lines: stdout.trim().split("\n").length }).toEqual({ code: 0, lines: 1 });
		expect(filesIn(cwd)).toEqual(before);
	});

	test("--port, and Ctrl-C", async () => {
		let port = "";
		const { code, stdout, stderr } = await exploring(
			[run],
			async (address) => {
				port = new URL(address).port;
				expect(await cellsim(["explore", run, "--port", port], { cwd })).toEqual({
					code: 2,
					stdout: "",
					stderr: `error --port ${port}: it is in use; without --port a free one is taken\n`,
				});
			},
			"SIGINT",
		);
		expect([code, stderr]).toEqual([0, "Open this address in a browser on this machine; Ctrl-C ends it.\n"]);
		const again = await exploring([run, "--port", port], async () => {});
		expect(again.stdout).toBe(stdout);
	});

	test.each([
		[["nowhere"], "error 'nowhere' is not the folder of a finished run: it has no manifest.json\n"],
		[
			["x", "--port", "70000"],
			"error: option '--port <number>' argument '70000' is invalid. expected a whole number from 0 to 65535\n(add --help for the options)\n",
		],
	])("%j", async (args, message) => {
		expect(await cellsim(["explore", ...args], { cwd })).toEqual({ code: 2, stdout: "", stderr: message });
	});
});
