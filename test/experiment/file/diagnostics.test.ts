import { expect, test } from "vitest";
import {
	type Diagnostic,
	DiagnosticError,
	formatDiagnostics,
	mergeDiagnostics,
} from "../../../src/experiment/file/diagnostics.js";

const at = (line: number, column: number, endColumn: number, rest: Partial<Diagnostic> = {}): Diagnostic => ({
	file: "exp.yaml",
	line,
	column,
	endColumn,
	severity: "error",
	path: "spec.cpu",
	message: "must be above 0",
	...rest,
});

const SOURCES = new Map([
	["exp.yaml", "spec:\n\tcpu: -1 # tab\r\n"],
	["--set 1", "spec.cpu=0"],
]);

test("the line and a caret line below each message; tabs are kept, carets end with the line", () => {
	const list = [
		at(2, 7, 9, { hint: "write 1" }),
		at(1, 1, 99, { severity: "warning", path: "" }),
		at(9, 1, 2, { file: "unknown.yaml" }),
		at(1, 10, 11, { file: "--set 1" }),
	];
	expect(formatDiagnostics(list, SOURCES, { color: false })).toBe(
		[
			"exp.yaml:1:1 warning must be above 0",
			"  1 | spec:",
			"    | ^^^^^",
			"exp.yaml:2:7 error spec.cpu: must be above 0; write 1",
			"  2 | \tcpu: -1 # tab",
			"    | \t     ^^",
			"--set 1 error spec.cpu: must be above 0",
			"    | spec.cpu=0",
			"    |          ^",
			"unknown.yaml:9:1 error spec.cpu: must be above 0",
		].join("\n"),
	);
});

test("colour changes nothing but the colour", () => {
	const list = [at(2, 7, 9), at(1, 1, 2, { severity: "warning" })];
	const coloured = formatDiagnostics(list, SOURCES, { color: true });
	const start = String.fromCharCode(27);
	expect(coloured).toContain(`${start}[31merror${start}[39m`);
	expect(coloured).toContain(`${start}[33mwarning${start}[39m`);
	expect(coloured.replaceAll(new RegExp(`${start}\\[\\d+m`, "g"), "")).toBe(
		formatDiagnostics(list, SOURCES, { color: false }),
	);
});

test("sorted by place, equal ones once, several at one place in the order they were found", () => {
	const list = [
		at(2, 7, 9, { message: "b" }),
		at(2, 7, 9, { message: "a" }),
		at(1, 3, 4),
		at(2, 7, 9, { message: "b" }),
	];
	expect(mergeDiagnostics(list, SOURCES).map(({ line, message }) => `${line} ${message}`)).toEqual([
		"1 must be above 0",
		"2 b",
		"2 a",
	]);
});

test("the error carries all of them, and prints itself", () => {
	const error = new DiagnosticError([at(2, 7, 9), at(1, 1, 2)], SOURCES);
	expect(error.diagnostics.map(({ line }) => line)).toEqual([1, 2]);
	expect(error.message).toBe(formatDiagnostics(error.diagnostics, SOURCES, { color: false }));
});
