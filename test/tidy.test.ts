/**
 * Rules of style and structure that matter enough to be held by a test. A complaint says where, what, and what to do instead.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

interface Source {
	/** From the root of the project, with slashes: `src/cell/cell.ts`. */
	readonly path: string;
	/** Folder under src, "" for files in src itself. */
	readonly room: string;
	readonly text: string;
	readonly tree: ts.SourceFile;
}

interface Import {
	readonly specifier: string;
	/** Gone after compilation. */
	readonly typeOnly: boolean;
	readonly lazy: boolean;
	readonly node: ts.Node;
}

/** Visits a node; `complain` notes that it breaks the rule. */
type Rule = (source: Source, complain: (node: ts.Node, message: string) => void) => void;

const SOURCES = sourcesUnder("src");
const ENTRIES = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" });
const TESTS = readdirSync(`${ROOT}test`, { recursive: true, encoding: "utf8" });

/** Rooms without IO, clock or chance of their own. */
const SYNCHRONOUS = ["engine", "objects", "cell", "node", "scheduling", "control", "traffic"];

interface Reach {
	readonly rooms: readonly string[];
	/** Packages, Node.js modules included. */
	readonly packages: readonly string[];
}

const INSIDE = ["engine", "objects", "cell"];
const PAGE = ["@uwdata/flechette", "esbuild"];

/** What each room may import beside itself. A room that is not listed may import anything but cli. */
const REACH: Readonly<Record<string, Reach>> = {
	engine: { rooms: [], packages: ["seedrandom", "d3-random"] },
	objects: { rooms: ["engine"], packages: ["zod", "yaml"] },
	cell: { rooms: ["engine", "objects"], packages: [] },
	node: { rooms: INSIDE, packages: ["zod"] },
	scheduling: { rooms: INSIDE, packages: ["zod"] },
	control: { rooms: INSIDE, packages: ["zod"] },
	traffic: { rooms: INSIDE, packages: [] },
	workload: { rooms: ["engine", "objects"], packages: ["zod", "papaparse", "node:"] },
	metrics: { rooms: INSIDE, packages: ["apache-arrow", "node:"] },
	report: { rooms: ["engine", "objects", "metrics", "experiment"], packages: ["d3", "apache-arrow", ...PAGE, "node:"] },
};

describe("the rooms", () => {
	test("import in one direction", () => {
		const rule: Rule = (source, complain) => {
			for (const { specifier, node } of importsOf(source)) {
				const problem = problemOfImport(source, specifier);
				if (problem) complain(node, problem);
			}
		};
		expect(complaints(rule)).toEqual([]);
	});

	test("that must be the same in every run have no clock, no chance, no IO and no promises of their own", () => {
		const rule: Rule = (source, complain) => {
			for (const { specifier, node } of importsOf(source)) {
				if (specifier.startsWith("node:"))
					complain(node, `no ${specifier} here: IO belongs to workload, metrics/sinks, experiment, cli`);
			}
			everyNode(source.tree, (node) => {
				const problem = problemOfChance(node);
				if (problem) complain(node, problem);
			});
		};
		expect(complaints(rule, (source) => SYNCHRONOUS.includes(source.room))).toEqual([]);
	});

	test("leave the writing of columns to the cell", () => {
		const rule: Rule = (source, complain) => {
			everyNode(source.tree, (node) => {
				const column = columnWritten(node);
				if (column)
					complain(node, `'.${column}' is a column of the cell: call a verb of Cell, or assume on a Snapshot`);
			});
		};
		expect(complaints(rule, (source) => source.room !== "cell")).toEqual([]);
	});

	test("load heavy packages when they are needed, not before", () => {
		const rule: Rule = (source, complain) => {
			for (const { specifier, typeOnly, lazy, node } of importsOf(source)) {
				if (typeOnly) continue;
				const heavy = ["piscina", "esbuild"].includes(packageOf(specifier)) || specifier.endsWith("/arrow-writing.js");
				if (heavy && !lazy) complain(node, `write await import("${specifier}") where it is used, or import type`);
				if (packageOf(specifier) === "apache-arrow" && source.path !== "src/metrics/sinks/arrow-writing.ts")
					complain(node, "write loadArrow() of metrics/sinks/apache-arrow.ts where it is used, or import type");
			}
		};
		expect(complaints(rule)).toEqual([]);
	});
});

test("cellsim/core loads without zod, which would take half of the time", () => {
	expect(wayTo("src/core.ts", "zod")).toEqual([]);
});

describe("the language", () => {
	test("is strict TypeScript without any, enum, inheritance and muted errors", () => {
		const rule: Rule = (source, complain) => {
			everyNode(source.tree, (node) => {
				const problem = problemOfLanguage(node);
				if (problem && !excused(source, node)) complain(node, problem);
			});
			for (const muted of source.text.matchAll(/@ts-(ignore|nocheck|expect-error)/g)) {
				complain(nodeAt(source, muted.index), `${muted[0]} hides an error: say the type`);
			}
		};
		expect(complaints(rule)).toEqual([]);
	});

	test("comes in files under 400 lines and functions under 70", () => {
		const rule: Rule = (source, complain) => {
			const lines = source.text.split("\n").length - 1;
			if (lines >= 400) complain(source.tree, `${lines} lines: split it by concept`);
			everyNode(source.tree, (node) => {
				if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
				const length = lineOf(source, node.getEnd()) - lineOf(source, node.getStart()) + 1;
				if (length >= 70) complain(node, `a function of ${length} lines: give its parts names`);
			});
		};
		expect(complaints(rule)).toEqual([]);
	});

	test("comes in files of tests under 400 lines, too: each tells one story", () => {
		const lines = (name: string) => readFileSync(`${ROOT}test/${name}`, "utf8").split("\n").length - 1;
		expect(TESTS.filter((name) => /\.m?[jt]s$/.test(name) && lines(name) >= 400)).toEqual([]);
	});

	test("says in each file what the file is about", () => {
		const rule: Rule = (source, complain) => {
			// A definition or a table says it in its own words, which the user gets to read.
			const said = source.text.includes("/**") || /^\t(summary|description):/m.test(source.text);
			if (!said) complain(source.tree, "no doc comment: say what it is, with units and errors");
		};
		expect(complaints(rule)).toEqual([]);
	});
});

test("no drawer for things without a place", () => {
	const names = [...ENTRIES, ...TESTS].map((entry) => basename(entry).replace(/\..*$/, ""));
	expect(names.filter((name) => /^(utils?|helpers?|misc|common)$/.test(name))).toEqual([]);
});

describe("the rules themselves", () => {
	const all = (text: string, room: string) => {
		const source = parse(`src/${room}/made-up.ts`, text);
		const found: string[] = [];
		for (const { specifier } of importsOf(source)) found.push(problemOfImport(source, specifier) ?? "");
		everyNode(source.tree, (node) => {
			found.push(problemOfChance(node) ?? "", problemOfLanguage(node) ?? "", columnWritten(node) ?? "");
		});
		return found.filter((problem) => problem !== "");
	};

	test.each([
		["cell", 'import { NodeAgent } from "../node/node-agent.js";', "cell may not import node"],
		["node", 'export * from "../scheduling/scheduling.js";', "node may not import scheduling"],
		["engine", 'import { z } from "zod";', "engine may not import the package zod"],
		["experiment", 'import { main } from "../cli/main.js";', "experiment may not import cli"],
		["workload", 'const sinks = await import("../metrics/sinks/arrow.js");', "workload may not import metrics"],
		["node", "const now = Date.now();", "Date.now: time is engine.nowUs, or a parameter"],
		["node", "const now = new Date();", "new Date: time is engine.nowUs, or a parameter"],
		["node", "const x = Math.random();", "Math.random: draw from a named stream of RandomSource"],
		["node", "setTimeout(f, 1);", "setTimeout: schedule an event"],
		["node", "async function f() {}", "async: this room is synchronous; what waits belongs to experiment or workload"],
		["node", "let x: any;", "any: say the type, or unknown"],
		["node", "enum Phase { Pending }", "enum: write a union of string literals"],
		["node", "class A extends B {}", "inheritance: compose, or implement an interface"],
		["node", "nodes.free[0]![n] -= 5;", "free"],
		["node", "cell.pods.phase[row]++;", "phase"],
		["node", "nodes.ready.fill(1);", "ready"],
	])("catch in %s: %s", (room, text, problem) => {
		expect(all(text, room)).toContain(problem);
	});

	test.each([
		["node", 'import type { Cell } from "../cell/cell.js";'],
		["scheduling", "const free = nodes.free[r]![n]; free[0] = 1;"],
		["scheduling", "class PolicyError extends Error {}"],
		["scheduling", "interface A extends B {}"],
		["cli", 'import { run } from "../experiment/run.js";'],
	])("let pass in %s: %s", (room, text) => {
		expect(all(text, room)).toEqual([]);
	});
});

function problemOfImport({ path, room }: Source, specifier: string): string | null {
	const reach = REACH[room];
	if (!specifier.startsWith(".")) {
		const name = packageOf(specifier);
		if (!reach || reach.packages.some((allowed) => (allowed === "node:" ? name.startsWith(allowed) : name === allowed)))
			return null;
		return `${room} may not import the package ${name}`;
	}
	const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
	const to = roomOf(target);
	if (to === room || room === "") return null;
	if (!reach) return to === "cli" ? `${room} may not import cli` : null;
	if (reach.rooms.includes(to)) return null;
	// Written and read by the format that is made of them.
	if (path.startsWith("src/workload/formats/cellsim") && target.startsWith("src/metrics/")) return null;
	return `${room} may not import ${to || "src itself"}`;
}

const CLOCK = "time is engine.nowUs, or a parameter";
const REPLACEMENTS: Readonly<Record<string, string>> = {
	"Date.now": CLOCK,
	"performance.now": CLOCK,
	"process.hrtime": CLOCK,
	"Math.random": "draw from a named stream of RandomSource",
	setTimeout: "schedule an event",
	setInterval: "schedule an event",
	setImmediate: "schedule an event",
	queueMicrotask: "schedule an event",
	"process.nextTick": "schedule an event",
	fetch: "IO belongs to workload, experiment or cli",
	"process.env": "configuration comes in as parameters",
};

/** What a synchronous room may not do, and what it does instead. */
function problemOfChance(node: ts.Node): string | null {
	const waits = "async: this room is synchronous; what waits belongs to experiment or workload";
	if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) return waits;
	if (ts.isNewExpression(node) && node.expression.getText() === "Date" && node.arguments?.length === 0)
		return `new Date: ${CLOCK}`;
	if (
		ts.isPropertyAccessExpression(node) ||
		(ts.isIdentifier(node) && ts.isCallExpression(node.parent) && node.parent.expression === node)
	) {
		const name = node.getText();
		const replacement = Object.hasOwn(REPLACEMENTS, name) ? REPLACEMENTS[name] : undefined;
		if (replacement) return `${name}: ${replacement}`;
	}
	return null;
}

function problemOfLanguage(node: ts.Node): string | null {
	if (node.kind === ts.SyntaxKind.AnyKeyword) return "any: say the type, or unknown";
	if (ts.isEnumDeclaration(node)) return "enum: write a union of string literals";
	if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(node.parent)) {
		return node.types[0]?.expression.getText() === "Error" ? null : "inheritance: compose, or implement an interface";
	}
	return null;
}

/** Whether the linter was told why. */
function excused({ text }: Source, node: ts.Node): boolean {
	const line = text.slice(0, node.getStart()).split("\n").length - 1;
	return /biome-ignore lint\S+ ?.*: \S/.test(text.split("\n")[line - 1] ?? "");
}

const COLUMNS = ["free", "allocatable", "ready", "present", "version", "deviceFree", "phase"];

/** The column that a node assigns to, or fills; null for anything else. */
function columnWritten(node: ts.Node): string | null {
	if (
		ts.isBinaryExpression(node) &&
		node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
		node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
	) {
		return columnOf(node.left);
	}
	const steps = ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node);
	if (steps && [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(node.operator))
		return columnOf(node.operand);
	if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
		const { expression, name } = node.expression;
		if (!["fill", "set", "copyWithin", "sort", "reverse"].includes(name.text)) return null;
		return ts.isPropertyAccessExpression(expression) && COLUMNS.includes(expression.name.text)
			? expression.name.text
			: columnOf(expression);
	}
	return null;
}

/** `free` of `nodes.free[r]![n]`. */
function columnOf(target: ts.Node): string | null {
	let at = target;
	let indexed = false;
	while (ts.isElementAccessExpression(at) || ts.isNonNullExpression(at)) {
		indexed ||= ts.isElementAccessExpression(at);
		at = at.expression;
	}
	return indexed && ts.isPropertyAccessExpression(at) && COLUMNS.includes(at.name.text) ? at.name.text : null;
}

function complaints(rule: Rule, concerns: (source: Source) => boolean = () => true): string[] {
	const found: string[] = [];
	for (const source of SOURCES.filter(concerns)) {
		rule(source, (node, message) => found.push(`${source.path}:${lineOf(source, node.getStart()) + 1} ${message}`));
	}
	return found;
}

/** How an entry comes to load a package: files that import one another and last the package; empty if it does not. */
function wayTo(entry: string, name: string): readonly string[] {
	const byPath = new Map(SOURCES.map((source) => [source.path, source]));
	const ways = new Map([[entry, [entry]]]);
	// Files come to the end of the map while it is walked.
	for (const [path, way] of ways) {
		for (const { specifier, typeOnly, lazy } of importsOf(byPath.get(path)!)) {
			if (typeOnly || lazy) continue;
			if (packageOf(specifier) === name) return [...way, name];
			if (!specifier.startsWith(".")) continue;
			const target = new URL(specifier, `file:///${path}`).pathname.slice(1).replace(/\.js$/, ".ts");
			if (!ways.has(target)) ways.set(target, [...way, target]);
		}
	}
	return [];
}

function importsOf({ tree }: Source): Import[] {
	const found: Import[] = [];
	everyNode(tree, (node) => {
		if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
			found.push({
				specifier: (node.moduleSpecifier as ts.StringLiteral).text,
				typeOnly: isTypeOnly(node),
				lazy: false,
				node,
			});
		} else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
			const [specifier] = node.arguments;
			if (specifier && ts.isStringLiteral(specifier))
				found.push({ specifier: specifier.text, typeOnly: false, lazy: true, node });
		}
	});
	return found;
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
	if (ts.isExportDeclaration(node)) {
		const names = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : null;
		return node.isTypeOnly || (names?.every((name) => name.isTypeOnly) ?? false);
	}
	const clause = node.importClause;
	if (!clause || clause.isTypeOnly) return clause?.isTypeOnly ?? false;
	const names = clause.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings.elements : null;
	return clause.name === undefined && names !== null && names.every((name) => name.isTypeOnly);
}

function packageOf(specifier: string): string {
	const parts = specifier.split("/");
	return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
}

function roomOf(path: string): string {
	const parts = path.split("/");
	return parts.length > 2 ? parts[1]! : "";
}

function sourcesUnder(folder: string): Source[] {
	return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".ts"))
		.sort()
		.map((name) =>
			parse(`${folder}/${relative(".", name).split(sep).join("/")}`, readFileSync(`${ROOT}${folder}/${name}`, "utf8")),
		);
}

function parse(path: string, text: string): Source {
	return { path, room: roomOf(path), text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
}

function everyNode(node: ts.Node, visit: (node: ts.Node) => void): void {
	visit(node);
	ts.forEachChild(node, (child) => everyNode(child, visit));
}

function nodeAt({ tree }: Source, position: number): ts.Node {
	let found: ts.Node = tree;
	everyNode(tree, (node) => {
		if (node.getFullStart() <= position && position < node.getEnd()) found = node;
	});
	return found;
}

function lineOf({ tree }: Source, position: number): number {
	return tree.getLineAndCharacterOfPosition(position).line;
}
