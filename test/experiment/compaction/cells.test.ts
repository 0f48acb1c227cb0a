/** The cell that is packed: clones of it, and constraints that become wishes. */
import { expect, test } from "vitest";
import { cloneCell } from "../../../src/experiment/compaction/clone.js";
import { withoutHardConstraints } from "../../../src/experiment/compaction/soft-constraints.js";
import { atPercentile, spreadOf } from "../../../src/experiment/compaction/summary.js";
import type { TrialResult } from "../../../src/experiment/compaction/trial.js";
import { NO_POD_AFFINITY } from "../../../src/objects/pod-affinity.js";
import { node, podSpec } from "../../support/cells.js";

test("a clone has machines, racks and domains of its own, and everything else in common", () => {
	const labels = {
		"kubernetes.io/hostname": "a",
		"topology.kubernetes.io/rack": "r0",
		"topology.kubernetes.io/power-domain": "d0",
		disk: "ssd",
	};
	const nodes = cloneCell([node("a", { labels }), node("b")], 3);
	expect(nodes.map(({ name }) => name)).toEqual(["a", "b", "a-clone-1", "b-clone-1", "a-clone-2", "b-clone-2"]);
	expect(nodes[2]!.labels).toEqual({
		"kubernetes.io/hostname": "a-clone-1",
		"topology.kubernetes.io/rack": "r0-clone-1",
		"topology.kubernetes.io/power-domain": "d0-clone-1",
		disk: "ssd",
	});
	expect(nodes[2]!.allocatable).toEqual(nodes[0]!.allocatable);
});

test("hard constraints become preferences of the largest weight; amounts stay", () => {
	const zone = { key: "zone", operator: "NotIn", values: ["z1"] } as const;
	const named = { key: "metadata.name", operator: "In", values: ["a", "b"] } as const;
	const term = { topologyKey: "rack", selector: null, namespaces: [], namespaceSelector: null };
	const spread = {
		maxSkew: 1,
		topologyKey: "rack",
		whenUnsatisfiable: "DoNotSchedule",
		selector: null,
		minDomains: 3,
		nodeAffinityPolicy: "Honor",
		nodeTaintsPolicy: "Ignore",
		matchLabelKeys: [],
	} as const;
	const spec = podSpec({
		cpu: 5,
		facts: {
			nodeSelector: { disk: "ssd" },
			requiredNodeTerms: [
				{ matchExpressions: [zone], matchFields: [] },
				{ matchExpressions: [], matchFields: [named] },
			],
			demands: {
				podAffinity: NO_POD_AFFINITY,
				podAntiAffinity: { required: [term], preferred: [] },
				spread: [spread],
				hostPorts: [],
				images: [],
				gates: [],
				preempts: true,
				controller: null,
				volumes: [],
				scored: null,
				load: null,
			},
		},
	});
	const soft = withoutHardConstraints(spec);
	const disk = { key: "disk", operator: "In", values: ["ssd"] };
	expect(soft.requests).toBe(spec.requests);
	expect(soft.facts).toMatchObject({
		nodeSelector: {},
		requiredNodeTerms: null,
		preferredNodeTerms: [
			{ weight: 100, term: { matchExpressions: [disk, zone], matchFields: [] } },
			{ weight: 100, term: { matchExpressions: [disk], matchFields: [named] } },
		],
		demands: {
			podAntiAffinity: { required: [], preferred: [{ weight: 100, term }] },
			spread: [{ whenUnsatisfiable: "ScheduleAnyway", minDomains: 1 }],
		},
	});
	// Pods of one spec stay pods of one spec.
	expect(withoutHardConstraints(spec)).toBe(soft);
	expect(withoutHardConstraints(podSpec()).facts.preferredNodeTerms).toEqual([]);
});

test.each([
	// Of 11 trials, the 10th from below: 90 % of 11 is 9.9.
	[[11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6], 0.9, 10],
	[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9],
	[[3, 1, 2], 1, 3],
	[[3, 1, 2], 0.5, 2],
	[[4], 0.9, 4],
])("of %j, %d do not exceed %d", (numbers, percentile, value) => {
	expect(atPercentile(numbers, percentile)).toBe(value);
});

test("fewer machines are better, more growth is: the result is what so many trials reach", () => {
	const trials = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => ({ machines: n, growth: n / 10 }) as TrialResult);
	expect(spreadOf(trials, { method: "compact", percentile: 0.9 })).toEqual({ result: 10, min: 1, median: 6, max: 11 });
	expect(spreadOf(trials, { method: "fill", percentile: 0.9 })).toEqual({
		result: 0.2,
		min: 0.1,
		median: 0.6,
		max: 1.1,
	});
});
