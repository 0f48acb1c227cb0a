import { describe, expect, test } from "vitest";
import { clusterObjectsOf } from "../../src/objects/cluster-manifests.js";
import { elasticQuotaSchema } from "../../src/objects/elastic-quota.js";
import { podGroupOf, podGroupSchema } from "../../src/objects/pod-group.js";

test("a pod group, with what may be left out and what is not read", () => {
	const metadata = { name: "g", namespace: "shop" };
	expect(podGroupSchema.parse({ metadata, spec: { minMember: 3 }, status: { phase: "Pending" } })).toEqual({
		namespace: "shop",
		name: "g",
		minMember: 3,
		minResources: null,
		scheduleTimeoutSeconds: null,
	});
	const spec = { minMember: 3, minResources: { cpu: "1500m", "nvidia.com/gpu": 2 }, scheduleTimeoutSeconds: 10 };
	expect(podGroupSchema.parse({ metadata, spec })).toMatchObject({
		minResources: { cpu: 1500, "nvidia.com/gpu": 2 },
		scheduleTimeoutSeconds: 10,
	});
});

test.each<[Readonly<Record<string, string>>, string | null]>([
	[{ "scheduling.x-k8s.io/pod-group": "g" }, "shop/g"],
	[{ "scheduling.x-k8s.io/pod-group": "" }, null],
	[{ app: "g" }, null],
])("a pod with the labels %j belongs to %s", (labels, group) => {
	expect(podGroupOf({ namespace: "shop", labels })).toBe(group);
});

describe("an elastic quota", () => {
	test("has amounts in canonical units, without pods; a list that is not there limits nothing", () => {
		const metadata = { name: "q", namespace: "shop" };
		expect(elasticQuotaSchema.parse({ metadata, spec: { min: { cpu: 4, memory: "1Gi", pods: 7 } } })).toEqual({
			namespace: "shop",
			name: "q",
			min: { cpu: 4000, memory: 2 ** 30 },
			max: null,
		});
		expect(elasticQuotaSchema.parse({ metadata })).toMatchObject({ min: null, max: null });
	});

	test("is the first of its namespace", () => {
		const quota = (name: string) => ({
			kind: "ElasticQuota" as const,
			manifest: elasticQuotaSchema.parse({ metadata: { name, namespace: "shop" } }),
		});
		expect([...clusterObjectsOf([quota("a"), quota("b")]).quotas].map(([of, { name }]) => [of, name])).toEqual([
			["shop", "a"],
		]);
	});
});
