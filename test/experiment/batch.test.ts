import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { experimentFiles, shareOptions } from "../../src/experiment/batch.js";

const folder = mkdtempSync(join(tmpdir(), "cellsim-batch-"));
afterAll(() => rmSync(folder, { recursive: true }));

const experiment = (name: string, params: string, matrix: string) => {
	const file = join(folder, `${name}.yaml`);
	const frame = `apiVersion: cellsim/v1alpha1\nkind: Experiment\nmetadata: {name: ${name}}\n`;
	writeFileSync(file, `${frame}spec: {params: ${params}, strategy: {matrix: ${matrix}}}\n`);
	return file;
};
const load = experiment("load", "{nodes: 10, rate: 2}", "{load: [1, 2], arm: [a, b]}");
const size = experiment("size", "{nodes: 20}", "{size: [10, 20], arm: [b, c]}");
writeFileSync(join(folder, "notes.txt"), "no experiment");

const shares = (options: { readonly set?: readonly string[]; readonly only?: readonly string[] }) =>
	shareOptions([load, size], options).map(({ set, only, idle }) => ({ set, only, idle }));

test("every .yaml directly in a folder, by name", async () => {
	expect(await experimentFiles(folder)).toEqual([load, size]);
	expect(await experimentFiles(load)).toBeNull();
	expect(await experimentFiles(join(folder, "nowhere"))).toBeNull();
});

describe("an option is for the files that have what it names", () => {
	test("parameters, and everything else for all", () => {
		const set = ["spec.params.nodes=5", "spec.params.rate=1", "spec.seeds=[7]"];
		expect(shares({ set })).toEqual([
			{ set, only: [], idle: false },
			{ set: ["spec.params.nodes=5", "spec.seeds=[7]"], only: [], idle: false },
		]);
	});

	test("axes; a file whose axis has none of the values has nothing to run", () => {
		expect(shares({ only: ["load=1", "arm=b"] })).toEqual([
			{ set: [], only: ["load=1", "arm=b"], idle: false },
			{ set: [], only: ["arm=b"], idle: false },
		]);
		expect(shares({ only: ["arm=a"] })).toEqual([
			{ set: [], only: ["arm=a"], idle: false },
			{ set: [], only: [], idle: true },
		]);
	});

	test("axes as they are after --set", () => {
		const set = ["spec.strategy.matrix.load=[9]"];
		expect(shares({ set, only: ["load=9"] }).map(({ only }) => only)).toEqual([["load=9"], ["load=9"]]);
	});

	test.each([
		[{ set: ["spec.params.node=5"] }, "--set 1: none of the experiments has a parameter 'node'; did you mean 'nodes'?"],
		[{ only: ["arm=b", "sise=10"] }, "--only 2: none of the experiments has an axis 'sise'; did you mean 'size'?"],
		[{ only: ["arm=d"] }, "--only 1: 'arm' has no value 'd'; did you mean 'a'?"],
		[{ only: ["arm"] }, "--only 1: 'arm' is not of the form axis=value"],
	])("%j: %s", (options, message) => {
		expect(() => shares(options)).toThrow(message);
	});
});
