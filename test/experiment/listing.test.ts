import { describe, expect, test } from "vitest";
import { KINDS } from "../../src/cli/list.js";
import { LISTED_KINDS, listKind } from "../../src/experiment/listing.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";

const namesOf = (kind: string) => listKind(kind).map(({ name }) => name);
const fieldsOf = (kind: string, name: string) =>
	listKind(kind)
		.find((entry) => entry.name === name)!
		.fields.map((field) => [field.name, field.type, field.default]);

test("the help of the command names every kind", () => {
	expect(LISTED_KINDS).toEqual(KINDS);
});

test.each(LISTED_KINDS)("%s: every entry says what it is, and every field what it means", (kind) => {
	const silent = listKind(kind).flatMap(({ name, summary, fields }) => [
		...(summary === "" ? [name] : []),
		...fields.filter(({ description }) => description === "").map((field) => `${name}.${field.name}`),
	]);
	expect(silent).toEqual([]);
});

describe("what each kind holds", () => {
	test("components as they are registered", () => {
		expect(namesOf("schedulers")).toEqual([...schedulers.all.keys()]);
	});

	test("plugins: filters, scores, then those of kube-scheduler", () => {
		expect(listKind("plugins").map(({ name, summary }) => `${name}: ${summary}`)).toEqual(
			expect.arrayContaining([
				"resources-fit: default filter: Turns down nodes that have too little of a resource free.",
				"dot-product: score: Prefers the node whose free resources point the way the request points, as Tetris.",
				"NodePorts: kube-scheduler: Turns down nodes on which a host port of the pod is taken.",
				"Coscheduling: kube-scheduler, where a profile names it: Pod groups get nodes together or not at all.",
			]),
		);
	});

	test("distributions, with their parameters", () => {
		expect(namesOf("distributions")).toEqual([
			...["constant", "uniform", "exponential", "lognormal", "pareto", "weibull", "beta", "geometric", "empirical"],
			"mixture",
		]);
		expect(fieldsOf("distributions", "lognormal")).toEqual([
			["median", "value", null],
			["mean", "value", null],
			["sigma", "number", null],
			["min", "value", null],
			["max", "value", null],
		]);
		expect(fieldsOf("distributions", "empirical")).toContainEqual(["interpolation", "linear | step", '"linear"']);
	});

	test("arrival processes, with their parameters", () => {
		expect(namesOf("arrivals")).toEqual(["poisson", "deterministic", "diurnal", "bursts", "at"]);
		expect(fieldsOf("arrivals", "poisson")).toEqual([["ratePerSecond", "number", null]]);
		expect(fieldsOf("arrivals", "bursts").map(([name, type]) => `${name}: ${type}`)).toEqual([
			"every: string | distribution",
			"size: number | distribution",
			"spread: string",
		]);
	});

	test("nothing of a kind that there is not", () => {
		expect(() => listKind("distribution")).toThrow("unknown kind 'distribution'; did you mean 'distributions'?");
	});
});
