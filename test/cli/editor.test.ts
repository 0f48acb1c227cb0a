/** Experiment files in an editor: the YAML language server that editors run, with the schema that a file's first line names. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith } from "./cellsim.js";

const SCHEMA = fileURLToPath(new URL("../../experiments/experiment.schema.json", import.meta.url));
const GATE_SCHEMA = fileURLToPath(new URL("../../experiments/gate.schema.json", import.meta.url));
const SERVER = createRequire(import.meta.url).resolve("yaml-language-server/bin/yaml-language-server");

interface Message {
	readonly id?: number;
	readonly method?: string;
	readonly params?: unknown;
	readonly result?: unknown;
}

/** The language server's side of the conversation over its standard streams. */
class LanguageServer {
	readonly #child: ChildProcessWithoutNullStreams;
	#unread: Buffer = Buffer.alloc(0);
	#lastId = 0;
	readonly #answers = new Map<number, (result: unknown) => void>();
	readonly #diagnostics = new Map<string, (found: readonly Diagnostic[]) => void>();

	constructor() {
		this.#child = spawn(process.execPath, [SERVER, "--stdio"]);
		this.#child.stdout.on("data", (data: Buffer) => this.#read(data));
	}

	async start(): Promise<void> {
		await this.ask("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
		this.#send({ method: "initialized", params: {} });
		const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
		this.#send({ method: "workspace/didChangeConfiguration", params: { settings: { yaml } } });
	}

	/** Opens a document; what the server finds wrong with it. */
	open(uri: string, text: string): Promise<readonly Diagnostic[]> {
		const found = new Promise<readonly Diagnostic[]>((resolve) => this.#diagnostics.set(uri, resolve));
		this.#send({
			method: "textDocument/didOpen",
			params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
		});
		return found;
	}

	ask<Result>(method: string, params: unknown): Promise<Result> {
		const id = ++this.#lastId;
		const answer = new Promise<unknown>((resolve) => this.#answers.set(id, resolve));
		this.#send({ id, method, params });
		return answer as Promise<Result>;
	}

	stop(): void {
		this.#child.kill();
	}

	#send(message: object): void {
		const body = JSON.stringify({ jsonrpc: "2.0", ...message });
		this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
	}

	#read(data: Buffer): void {
		this.#unread = Buffer.concat([this.#unread, data]);
		for (;;) {
			const head = this.#unread.indexOf("\r\n\r\n");
			const length = Number(/Content-Length: (\d+)/.exec(this.#unread.toString("latin1", 0, Math.max(0, head)))?.[1]);
			if (head === -1 || this.#unread.length < head + 4 + length) return;
			this.#hear(JSON.parse(this.#unread.toString("utf8", head + 4, head + 4 + length)) as Message);
			this.#unread = this.#unread.subarray(head + 4 + length);
		}
	}

	#hear({ id, method, params, result }: Message): void {
		if (method === "textDocument/publishDiagnostics") {
			const { uri, diagnostics } = params as { readonly uri: string; readonly diagnostics: readonly Diagnostic[] };
			this.#diagnostics.get(uri)?.(diagnostics);
		} else if (method !== undefined && id !== undefined) this.#send({ id, result: null });
		else if (id !== undefined) this.#answers.get(id)?.(result);
	}
}

interface Place {
	readonly line: number;
	readonly character: number;
}

interface Diagnostic {
	readonly range: { readonly start: Place };
	readonly message: string;
}

const server = new LanguageServer();
let folder: string;
beforeAll(async () => {
	folder = folderWith();
	copyFileSync(SCHEMA, join(folder, "experiment.schema.json"));
	await server.start();
});
afterAll(() => server.stop());

const HEAD = `# yaml-language-server: $schema=experiment.schema.json
apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: mine}
spec:
`;
const CELL = `  cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "4", memory: 8Gi}}}}]}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: best-fit}]}
`;
let opened = 0;
/** Opens a text in which | is where the cursor stands. */
async function editing(text: string) {
	const uri = pathToFileURL(join(folder, `${++opened}.yaml`)).href;
	const before = text.split("|")[0]!.split("\n");
	const diagnostics = await server.open(uri, text.replace("|", ""));
	const position: Place = { line: before.length - 1, character: before.at(-1)!.length };
	return { diagnostics, at: { textDocument: { uri }, position } };
}

test("a file without mistakes has no diagnostics", async () => {
	expect((await editing(HEAD + CELL)).diagnostics).toEqual([]);
});

test("every committed experiment names the schema in its first line, and has no diagnostics", async () => {
	const wrong: string[] = [];
	const files = committed("Experiment");
	expect(files.length).toBeGreaterThan(40);
	for (const file of files) wrong.push(...(await mistakesIn(file, SCHEMA)));
	expect(wrong).toEqual([]);
});

test("so has every committed gate, of another schema; its mistakes are shown", async () => {
	const files = committed("Gate");
	expect(files).not.toEqual([]);
	for (const file of files) expect(await mistakesIn(file, GATE_SCHEMA)).toEqual([]);
	const text = readFileSync(files[0]!, "utf8");
	const found = await server.open(
		pathToFileURL(join(files[0]!, "../wrong.yaml")).href,
		text.replace("margin: 1%", "margn: 1%").replace("falseAlarms: 0.05", "falseAlarms: 5"),
	);
	expect(found.map(({ range, message }) => [range.start.line + 1, message])).toEqual(
		expect.arrayContaining([
			[5, "Value is above the exclusive maximum of 1."],
			[7, "Property margn is not allowed."],
		]),
	);
});

/** What the server finds wrong with a file, or that its first line does not name the schema. */
async function mistakesIn(file: string, wanted: string): Promise<readonly string[]> {
	const text = readFileSync(file, "utf8");
	const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1];
	const found = await server.open(pathToFileURL(file).href, text);
	const named = schema !== undefined && resolve(file, "..", schema) === wanted;
	return [
		...(named ? [] : [`${file}: no line that names the schema`]),
		...found.map(({ range, message }) => `${file}:${range.start.line + 1}: ${message}`),
	];
}

/** Those of experiments/ that are of a kind. */
function committed(kind: string): readonly string[] {
	const root = fileURLToPath(new URL("../../experiments", import.meta.url));
	const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yaml"));
	return files
		.map((name) => join(root, name))
		.filter((file) => new RegExp(`^kind: ${kind}$`, "m").test(readFileSync(file, "utf8")));
}

test("a misspelt key, a wrong value and a missing one are shown where they are", async () => {
	const { diagnostics } = await editing(`${HEAD}${CELL}  clok: {end: 1h}\n  seeds: [true]\n`);
	const found = diagnostics.map(({ range, message }) => [range.start.line + 1, message]);
	expect(found).toContainEqual([8, "Property clok is not allowed."]);
	expect(found.filter(([line]) => line === 9)).not.toEqual([]);
	const inside = await editing(`${HEAD}${CELL.replace("nodeGroups", "nodeGrups")}`);
	expect(inside.diagnostics.map(({ range, message }) => [range.start.line + 1, message])).toContainEqual([
		6,
		"Property nodeGrups is not allowed.",
	]);
	const lacking = await editing(`${HEAD}  description: nothing else\n`);
	expect(lacking.diagnostics.map(({ message }) => message).join("\n")).toContain('Missing property "orchestrator".');
});

describe("completion", () => {
	const labels = async (text: string) => {
		const { at } = await editing(text);
		const { items } = await server.ask<{ items: readonly { label: string }[] }>("textDocument/completion", at);
		return items.map(({ label }) => label);
	};

	test("offers the keys of a place", async () => {
		const keys = await labels(`${HEAD}${CELL}  |\n`);
		expect(keys).toEqual(expect.arrayContaining(["clock", "seeds", "workloads", "faults", "outputs"]));
		expect(keys).not.toContain("cluster");
	});

	test("offers what a value may be", async () => {
		const text = `${HEAD}${CELL.replace("monolithic", "|")}`;
		expect(await labels(text)).toEqual(expect.arrayContaining(["monolithic", "shared-state", "two-level"]));
	});
});

test("hover says what a key is for", async () => {
	const { at } = await editing(`${HEAD}${CELL}  clo|ck: {end: 1h}\n`);
	const { contents } = await server.ask<{ contents: { value: string } }>("textDocument/hover", at);
	const { properties } = JSON.parse(readFileSync(SCHEMA, "utf8")) as {
		properties: { spec: { properties: { clock: { description: string } } } };
	};
	expect(contents.value).toContain(properties.spec.properties.clock.description);
});
