import { describe, expect, test } from "vitest";
import { KINDS } from "../../src/cli/list.js";
import { orchestrators } from "../../src/control/orchestrators/index.js";
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
		// What is declared to an orchestrator has fields of its own language, which its users know.
		...(kind === "objects" ? [] : fields.filter(({ description }) => description === "")).map(
			(field) => `${name}.${field.name}`,
		),
	]);
	expect(silent).toEqual([]);
});

describe("what each kind holds", () => {
	test("components as they are registered", () => {
		expect(namesOf("schedulers")).toEqual([...schedulers.all.keys()]);
	});

	test("objects as orchestrators know them, with what users do to them and what of them is checked", () => {
		const all = listKind("objects").map((entry) => ({ ...entry, ...entry.object! }));
		const of = (orchestrator: string) => all.filter((entry) => entry.orchestrator === orchestrator);
		for (const { name, kinds } of orchestrators.all.values())
			expect(of(name).map((entry) => entry.name)).toEqual(kinds.map(({ kind }) => kind));
		const scaled = all.filter(({ actions }) => actions.includes("scale")).map(({ name }) => name);
		expect(scaled).toEqual(["Deployment", "ReplicaSet", "StatefulSet", "BorgJob"]);
		const [cronJob] = of("kubernetes").filter(({ name }) => name === "CronJob");
		expect(cronJob).toMatchObject({ apiVersion: "batch/v1", actions: ["create", "patch", "delete"] });
		expect(cronJob!.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
			"schedule string",
			"timeZone string",
			"startingDeadlineSeconds integer",
			"concurrencyPolicy Allow | Forbid | Replace",
			"suspend boolean",
			"successfulJobsHistoryLimit integer",
			"failedJobsHistoryLimit integer",
			"jobTemplate {metadata, spec}",
		]);
		expect(of("swarm").find(({ name }) => name === "Node")!.actions).toEqual([
			...["patch", "cordon", "uncordon", "drain", "upgrade"],
		]);
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
