import { expect, test } from "vitest";
import { gpuRequestOf, problemOfGpuRequest } from "../../src/objects/gpu.js";
import type { GpuRequest } from "../../src/objects/spec.js";

const annotations = (count?: string, milli?: string, model?: string) => ({
	...(count === undefined ? {} : { "alibabacloud.com/gpu-count": count }),
	...(milli === undefined ? {} : { "alibabacloud.com/gpu-milli": milli }),
	...(model === undefined ? {} : { "alibabacloud.com/gpu-card-model": model }),
});

test.each<[string | undefined, string | undefined, string | undefined, GpuRequest | null]>([
	["1", "500", undefined, { count: 1, milli: 500, models: [] }],
	["2", "1000", undefined, { count: 2, milli: 1000, models: [] }],
	["4", undefined, undefined, { count: 4, milli: 1000, models: [] }],
	[undefined, "300", undefined, { count: 1, milli: 300, models: [] }],
	["1", "1000", "V100M16|V100M32", { count: 1, milli: 1000, models: ["V100M16", "V100M32"] }],
	["1", "1000", "T4|", { count: 1, milli: 1000, models: ["T4"] }],
	["0", "0", "T4", null],
	[undefined, "0", undefined, null],
	[undefined, undefined, "T4", null],
])("count %s, milli %s, models %s", (count, milli, model, request) => {
	const given = annotations(count, milli, model);
	expect(problemOfGpuRequest(given)).toBe(null);
	expect(gpuRequestOf(given)).toEqual(request);
});

test.each([
	["1.5", undefined, "alibabacloud.com/gpu-count", "'1.5' is not a whole number from 0"],
	["one", undefined, "alibabacloud.com/gpu-count", "'one' is not a whole number from 0"],
	["1", "-5", "alibabacloud.com/gpu-milli", "'-5' is not a whole number from 0"],
	["1", "0", "alibabacloud.com/gpu-milli", "must be from 1 to 1000, a whole device, got 0"],
	[undefined, "1001", "alibabacloud.com/gpu-milli", "must be from 1 to 1000, a whole device, got 1001"],
	["2", "500", "alibabacloud.com/gpu-milli", "must be 1000 with 2 devices, got 500"],
])("refuses count %s, milli %s", (count, milli, field, message) => {
	expect(problemOfGpuRequest(annotations(count, milli))).toEqual({ field, message });
});
