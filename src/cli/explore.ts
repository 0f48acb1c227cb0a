/** `cellsim explore`: the page of a report on runs that are too large for a file, served to this machine from their tables. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { EmbeddedRun } from "../report/timeline/embedded.js";
import { examples } from "./examples.js";

interface Options {
	readonly port: number;
}

export function addExplore(program: Command): void {
	program
		.command("explore")
		.description("show runs in the browser, straight from their tables, until Ctrl-C")
		.argument("<run...>", "folders of runs, side by side on one time axis")
		.addOption(new Option("--port <number>", "port on 127.0.0.1").default(0, "a free one").argParser(parsePort))
		.addHelpText(
			"after",
			examples(
				["cellsim explore results/mine/0123456789ab", "prints the address to open; nothing is written"],
				["cellsim explore results/mine/0123456789ab results/mine/ba9876543210 --port 8080", "two runs side by side"],
			),
		)
		.action(explore);
}

async function explore(paths: readonly string[], { port }: Options): Promise<void> {
	const { dirname, join } = await import("node:path");
	const { readManifest } = await import("../experiment/results/manifest.js");
	const { runFolder } = await import("../experiment/results/run-folder.js");
	const { makeExplorer } = await import("../report/html/report.js");
	const { factsOf } = await import("../report/html/read-run.js");
	const { serve } = await import("../report/html/explore-server.js");
	const { InputError } = await import("../objects/input-error.js");
	const files = new Map<string, string>();
	const runs = [];
	const timeline: EmbeddedRun[] = [];
	for (const [number, path] of paths.entries()) {
		const folder = await runFolder(path);
		const manifest = await readManifest(folder);
		const { plan, id: run, digest, summary } = manifest;
		const { endUs, schedulers, tables } = factsOf(folder, manifest);
		const addresses = Object.fromEntries(tables.map((table) => [table, `/runs/${number}/${table}.arrow`]));
		for (const table of tables) files.set(addresses[table]!, join(folder, `${table}.arrow`));
		// Each run stands by itself, whatever its seed.
		const variant = [plan.label, `seed ${plan.seed}`].filter((part) => part !== "").join(", ");
		const row = {
			run,
			folder: dirname(folder),
			variant,
			axes: new Map<string, string>(),
			seed: plan.seed,
			digest,
			metrics: new Map(Object.entries(summary)),
		};
		runs.push({ row, folder });
		const data = { kind: "tables", files: addresses, endUs, schedulers } as const;
		timeline.push({ variant: plan.label, seed: plan.seed, run, folder, data, notes: [] });
	}
	const page = makeExplorer(runs, timeline);
	// Told to whoever asks for the page, and no reason to stop before.
	page.catch(() => {});
	const { server, address } = await serve({ files, page }, port).catch((error: NodeJS.ErrnoException) => {
		const reason =
			error.code === "EADDRINUSE" ? "it is in use" : error.code === "EACCES" ? "permission denied" : error.message;
		throw new InputError(`--port ${port}: ${reason}; without --port a free one is taken`);
	});
	process.stdout.write(`${address}\n`);
	process.stderr.write("Open this address in a browser on this machine; Ctrl-C ends it.\n");
	await new Promise<void>((resolve) => {
		for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
	});
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
}

function parsePort(text: string): number {
	const port = Number(text);
	if (/^\d+$/.test(text) && port <= 65_535) return port;
	throw new InvalidArgumentError("expected a whole number from 0 to 65535");
}
