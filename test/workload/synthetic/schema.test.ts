import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { DistributionSpec } from "../../../src/engine/distributions.js";
import {
	distributionSchema,
	numberDistribution,
	quantityLeaf,
	runTimeDistribution,
} from "../../../src/objects/distribution-schema.js";
import { syntheticWorkloadSchema } from "../../../src/workload/synthetic/schema.js";

const SECOND = 1_000_000;

function problems(schema: z.ZodType, value: unknown): string[] {
	return schema.safeParse(value).error?.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`) ?? [];
}

describe("distributions with units become canonical integers", () => {
	test.each<[z.ZodType<DistributionSpec>, unknown, DistributionSpec]>([
		[runTimeDistribution, "1m30s", 90 * SECOND],
		[runTimeDistribution, "forever", Infinity],
		[
			runTimeDistribution,
			{ dist: "lognormal", median: "30s", sigma: 1.2, max: "1h" },
			{ dist: "lognormal", median: 30 * SECOND, sigma: 1.2, max: 3600 * SECOND },
		],
		[
			runTimeDistribution,
			{
				dist: "mixture",
				of: [
					{ weight: 1, value: "forever" },
					{ weight: 9, value: { dist: "exponential", mean: "1s" } },
				],
			},
			{
				dist: "mixture",
				of: [
					{ weight: 1, value: Infinity },
					{ weight: 9, value: { dist: "exponential", mean: SECOND } },
				],
			},
		],
		[
			distributionSchema(quantityLeaf("milli")),
			{ dist: "uniform", min: "100m", max: 2 },
			{ dist: "uniform", min: 100, max: 2000 },
		],
		[
			distributionSchema(quantityLeaf("unit")),
			{ dist: "pareto", shape: 1, min: "1Ki", max: "1Mi" },
			{ dist: "pareto", shape: 1, min: 1024, max: 2 ** 20 },
		],
		[
			numberDistribution,
			{
				dist: "empirical",
				quantiles: [
					[0, 1],
					[1, 5],
				],
			},
			{
				dist: "empirical",
				interpolation: "linear",
				quantiles: [
					[0, 1],
					[1, 5],
				],
			},
		],
		[numberDistribution, { dist: "beta", a: 2, b: 5 }, { dist: "beta", a: 2, b: 5 }],
	])("%# %j", (schema, written, expected) => {
		expect(schema.parse(written)).toEqual(expected);
	});
});

describe("mistakes are reported where they are", () => {
	test.each<[unknown, string[]]>([
		[30, [": '30' is a number without a unit: write 30s for seconds or 30m for minutes"]],
		["soon", [": 'soon' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m"]],
		[undefined, [": expected a duration such as 90s or 2h30m"]],
		[
			{ dist: "lognorml", median: "30s" },
			[
				"dist: dist must be one of constant, uniform, exponential, lognormal, pareto, weibull, beta, geometric, empirical, mixture",
			],
		],
		[
			{ dist: "lognormal", median: 30, sigma: 1 },
			["median: '30' is a number without a unit: write 30s for seconds or 30m for minutes"],
		],
		[{ dist: "lognormal", median: "1s", mean: "2s", sigma: 1 }, [": a lognormal takes either median or mean"]],
		[{ dist: "lognormal", sigma: 1 }, [": a lognormal takes either median or mean"]],
		[{ dist: "exponential", mean: "0s" }, ["mean: must be more than 0"]],
		[{ dist: "exponential", mean: "1s", min: "3s", max: "2s" }, ["max: max must not be less than min"]],
		[{ dist: "uniform", min: "3s", max: "2s" }, ["max: max must not be less than min"]],
		[{ dist: "exponential", mean: "1s", median: "1s" }, [': Unrecognized key: "median"']],
		[{ dist: "beta", a: 1, b: 2 }, ["scale: a beta of amounts with units needs a scale"]],
		[
			{
				dist: "empirical",
				quantiles: [
					[0.1, "1s"],
					[0.9, "2s"],
				],
			},
			["quantiles.0: the first quantile must be at p = 0", "quantiles.1: the last quantile must be at p = 1"],
		],
		[
			{
				dist: "empirical",
				quantiles: [
					[0, "2s"],
					[0, "2s"],
					[1, "1s"],
				],
			},
			[
				"quantiles.1: p must rise from one quantile to the next",
				"quantiles.2: values must not fall from one quantile to the next",
			],
		],
		[{ dist: "mixture", of: [{ weight: 0, value: "1s" }] }, ["of: at least one weight must be more than 0"]],
		[
			{ dist: "mixture", of: [{ weight: 1, value: { dist: "exponential", mean: 5 } }] },
			["of.0.value.mean: '5' is a number without a unit: write 5s for seconds or 5m for minutes"],
		],
	])("%j", (written, expected) => {
		expect(problems(runTimeDistribution, written)).toEqual(expected);
	});

	const template = { spec: { containers: [{ name: "c" }] } };
	const good = { name: "web", arrival: { at: "0s" }, count: 1, template, sim: { duration: "1s" } };

	test.each<[object, string[]]>([
		[{}, []],
		[{ name: "Web" }, ["name: a name has lower-case letters, digits, '-' and '.' only"]],
		[{ count: undefined }, ["count: arrival: {at: ...} needs count, the number of jobs"]],
		[{ arrival: {} }, ["arrival: exactly one arrival process is needed: poisson, deterministic, diurnal, bursts, at"]],
		[
			{ arrival: { at: "0s", poisson: { ratePerSecond: 1 } } },
			["arrival: exactly one arrival process is needed: poisson, deterministic, diurnal, bursts, at"],
		],
		[{ arrival: { deterministic: { every: "0s" } } }, ["arrival.deterministic.every: must be more than 0s"]],
		[{ sim: {} }, ["sim.duration: expected a duration such as 90s or 2h30m"]],
		[
			{ sim: { duration: "1s", requests: { cpus: "1" } } },
			[
				"sim.requests.cpus: 'cpus' is not a resource: write cpu, memory, gpu, ephemeral-storage, hugepages-<size> or a name with a domain",
			],
		],
		[
			{ sim: { duration: "1s", requests: { cpu: "x" } } },
			["sim.requests.cpu: 'x' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		],
		[
			{ sim: { duration: "1s", requests: { roundTo: { cpu: "0" } } } },
			["sim.requests.roundTo.cpu: '0' is not a step such as 250m or 64Mi"],
		],
		[
			{ sim: { duration: "1s", requests: {}, shapes: [{ weight: 1 }] } },
			["sim.requests: requests and shapes exclude each other: put the amounts into the shapes"],
		],
		[
			{ sim: { duration: "1s", shapes: [{ weight: 1, gpu: { count: 2, milli: 500 } }] } },
			["sim.shapes.0.gpu.milli: several devices are taken whole: leave milli out, or ask for one device"],
		],
		[{ sim: { duration: "1s", shapes: [{ weight: 0 }] } }, ["sim.shapes: at least one weight must be more than 0"]],
	])("workload with %j", (overrides, expected) => {
		expect(problems(syntheticWorkloadSchema, { ...good, ...overrides })).toEqual(expected);
	});
});

test("the JSON Schema for editors knows both forms of a distribution", () => {
	const json = z.toJSONSchema(syntheticWorkloadSchema, { io: "input" }) as unknown as {
		readonly properties: {
			readonly pods: { readonly anyOf: readonly { readonly type?: string; readonly oneOf?: readonly unknown[] }[] };
		};
	};
	const [value, map] = json.properties.pods.anyOf;
	expect(value!.type).toBe("number");
	expect(map!.oneOf).toHaveLength(10);
});
