import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocument, stringify } from "yaml";
import { DiagnosticError } from "../../../src/experiment/file/diagnostics.js";
import { QUICKSTART, resolve } from "./fixture.js";

type Tree = Record<string, unknown>;

const ORIGINAL = parseDocument(QUICKSTART).toJS() as Tree;
const LINES = stringify(ORIGINAL).split("\n").length;

/** Every map and list of a tree with each of its keys. */
function spots(tree: unknown): readonly { readonly owner: Tree; readonly key: string }[] {
	if (typeof tree !== "object" || tree === null) return [];
	const owner = tree as Tree;
	return Object.keys(owner).flatMap((key) => [{ owner, key }, ...spots(owner[key])]);
}

const replacement = fc.oneof(
	fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e300, "", "x", "5", "1h", [], {}, [[]], { name: 1 }, { dist: "x" }),
	fc.constantFrom("${{", "${{ }}", "${{ matrix }}", "${{ run.seed }}", "${{ item.index }}", "${{ params.load }}x"),
	fc.string({ maxLength: 5 }),
);
const mutation = fc.record({
	spot: fc.nat(),
	act: fc.oneof(
		fc.constant({ kind: "delete" as const }),
		fc.record({
			kind: fc.constant("rename" as const),
			to: fc.constantFrom("x", "name", "count", "toString", "matrix"),
		}),
		fc.record({ kind: fc.constant("replace" as const), value: replacement }),
	),
});

function mutate(tree: Tree, { spot, act }: typeof mutation extends fc.Arbitrary<infer M> ? M : never): void {
	const all = spots(tree);
	if (all.length === 0) return;
	const { owner, key } = all[spot % all.length]!;
	if (act.kind === "replace") owner[key] = act.value;
	else if (Array.isArray(owner)) owner.splice(Number(key), 1);
	else {
		const value = owner[key];
		delete owner[key];
		if (act.kind === "rename") owner[act.to] = value;
	}
}

test("a spoilt experiment is taken, or refused with a place and a reason for everything", () => {
	let refused = 0;
	fc.assert(
		fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
			const tree = structuredClone(ORIGINAL);
			for (const each of mutations) mutate(tree, each);
			try {
				resolve(stringify(tree));
			} catch (error) {
				if (!(error instanceof DiagnosticError)) throw error;
				refused++;
				expect(error.diagnostics.length).toBeGreaterThan(0);
				for (const { line, column, endColumn, message, path } of error.diagnostics) {
					expect(line).toBeGreaterThanOrEqual(1);
					expect(line).toBeLessThanOrEqual(LINES + 20);
					expect(column).toBeGreaterThanOrEqual(1);
					expect(endColumn).toBeGreaterThan(column);
					expect(message).not.toBe("");
					// Wording that fell through: zod's own, or that of a case nobody thought of.
					expect(`${path}: ${message}`).not.toMatch(/Invalid|none of the allowed forms|undefined|\[object/);
				}
			}
		}),
		{ seed: 20_240_607, numRuns: 600 },
	);
	expect(refused).toBeGreaterThan(400);
});

test("a cut or overwritten text is taken, or refused in the same way", () => {
	fc.assert(
		fc.property(
			fc.nat(QUICKSTART.length),
			fc.nat(30),
			fc.string({ maxLength: 4, unit: fc.constantFrom(..."{}[]:,-&*!|>'\"#%@`\n\t ?a1") }),
			(from, cut, insert) => {
				const text = QUICKSTART.slice(0, from) + insert + QUICKSTART.slice(from + cut);
				try {
					resolve(text);
				} catch (error) {
					if (!(error instanceof DiagnosticError)) throw error;
					for (const { line, column, message } of error.diagnostics) {
						expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
						expect(message).not.toBe("");
					}
				}
			},
		),
		{ seed: 20_240_608, numRuns: 200 },
	);
});
