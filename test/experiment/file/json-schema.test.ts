import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { experimentJsonSchema, type JsonSchema } from "../../../src/experiment/file/json-schema.js";
import { edit, QUICKSTART, registries } from "./fixture.js";

const schema = experimentJsonSchema(registries);
const checker = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const takes = (text: string) => checker.safeParse(parse(text)).success;

test("says what it is", () => {
	expect({ $schema: schema["$schema"], $id: schema["$id"], title: schema["title"] }).toEqual({
		$schema: "http://json-schema.org/draft-07/schema#",
		$id: "urn:cellsim:schema:experiment:v1alpha1",
		title: "cellsim experiment",
	});
	expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});

describe("checks files as an editor would", () => {
	test("takes the complete experiment, expressions and all", () => {
		expect(takes(QUICKSTART)).toBe(true);
	});

	test.each([
		["replicas: ${{ matrix.replicas }}", "replicas: 3"],
		["tables: [pods, {name: nodes, every: 1m}]", 'tables: ["${{ matrix.table }}"]'],
		["{name: shared-state, retries: 5}", "monolithic"],
		["{name: shared-state, retries: 5}", '{name: shared-state, retries: "${{ matrix.retries }}"}'],
		["scheduler: ${{ matrix.policy }}", "scheduler: ./mine.ts"],
		["scheduler: ${{ matrix.policy }}", "scheduler: {name: ../policies/mine.js, anything: 1}"],
		['{format: openb, path: "${{ params.data }}/pods.csv"}', '"${{ matrix.trace }}"'],
		["{base: 1, count: 3}", '[1, "9007199254740993"]'],
	])("takes %s as %s", (from, to) => {
		expect(takes(edit(QUICKSTART, from, to))).toBe(true);
	});

	test.each([
		["nodeGroups:", "nodeGroup:"],
		["count: 10", "count: -1"],
		["count: 10", "count: many"],
		["end: 4h", "end: 14400"],
		["name: shared-state", "name: borg"],
		["retries: 5", "retrys: 5"],
		["scheduler: ${{ matrix.policy }}", "scheduler: best-fitt"],
		["format: openb", "format: opnb"],
		["action: delete", "action: reboot"],
		["{base: 1, count: 3}", '"${{ params.seeds }}"'],
		["    architecture: {name: shared-state, retries: 5}\n", ""],
	])("refuses %s as %j", (from, to) => {
		expect(takes(edit(QUICKSTART, from, to))).toBe(false);
	});
});

test("every field has a description for the hover", () => {
	const bare: string[] = [];
	const visit = (part: JsonSchema, path: string): void => {
		for (const branch of (part["anyOf"] ?? []) as JsonSchema[]) visit(branch, path);
		if (part["items"] !== undefined) visit(part["items"] as JsonSchema, `${path}[]`);
		for (const [key, child] of Object.entries((part["properties"] ?? {}) as Record<string, JsonSchema>)) {
			if (child["description"] === undefined) bare.push(`${path}.${key}`);
			// What other rooms put into the file is theirs to describe.
			if (
				![
					"template",
					"architecture",
					"scheduler",
					"source",
					"startDelay",
					"delay",
					"workloads",
					"placement",
					"elastic",
				].includes(key)
			) {
				visit(child, `${path}.${key}`);
			}
		}
	};
	visit(schema, "");
	expect(bare).toEqual([]);
});
