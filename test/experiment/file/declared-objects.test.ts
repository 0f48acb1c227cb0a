import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
	declaredMistakes,
	declaredObjects,
	declaredPriorityClasses,
} from "../../../src/experiment/file/declared-objects.js";
import { ImportReport } from "../../../src/workload/arrivals.js";

const CLASS = parse("{kind: PriorityClass, metadata: {name: gold}, value: 7}");
const pod = (spec: string) => parse(`{kind: Pod, metadata: {name: p}, spec: {containers: [{name: c}], ${spec}}}`);

describe("declaredObjects", () => {
	test("nodes, pods that run for ever from the start, and the priority that a class gives them", () => {
		const node = parse("{kind: List, items: [{kind: Node, metadata: {name: n}, status: {allocatable: {cpu: 2}}}]}");
		const { nodes, jobs } = declaredObjects([pod("priorityClassName: gold"), node, CLASS], new ImportReport());
		expect(nodes.map(({ name, allocatable }) => [name, allocatable])).toEqual([["n", { cpu: 2000 }]]);
		expect(jobs).toHaveLength(1);
		expect(jobs[0]).toMatchObject({ timeUs: 0, name: "default/p", gang: false });
		expect(jobs[0]!.pods[0]).toMatchObject({
			durationUs: Infinity,
			spec: { facts: { priority: 7, className: "gold" } },
		});
	});

	test("demands that nothing acts on are counted", () => {
		const report = new ImportReport();
		declaredObjects([pod("resourceClaims: [{name: x}]"), pod("nodeName: n")], report);
		expect(report.rows).toEqual([
			{
				source: "pods in the experiment file",
				rule: "spec.resourceClaims: not simulated",
				action: "noted",
				rows: 1,
				example: "default/p",
			},
		]);
	});
});

describe("declaredMistakes", () => {
	const messages = (document: unknown) =>
		declaredMistakes(document, declaredPriorityClasses([CLASS, null, { kind: 1 }]), false);

	test("nothing is wrong with what is used here", () => {
		expect(messages(pod("priorityClassName: gold"))).toEqual([]);
		expect(messages(CLASS)).toEqual([]);
	});

	test("kinds that would be ignored in silence", () => {
		const documents = parse(
			"{kind: List, items: [{kind: PodTemplate, metadata: {name: t}, template: {spec: {containers: [{}]}}}]}",
		);
		expect(messages(documents)).toEqual([
			{
				path: ["items", 0],
				at: "value",
				message:
					"kind v1 PodTemplate is not used here: expected one of Node, Pod, PriorityClass, Namespace, Service, ReplicationController, ReplicaSet, StatefulSet, PodDisruptionBudget, PersistentVolume, PersistentVolumeClaim, StorageClass, CSINode, PodGroup, ElasticQuota, Workload",
			},
		]);
	});

	test("a priority class that nobody declares", () => {
		expect(messages(pod("priorityClassName: silver"))).toEqual([
			{
				path: ["spec", "priorityClassName"],
				at: "value",
				message:
					"Pod default/p: spec.priorityClassName: there is no priority class 'silver': declare a PriorityClass, or use one of gold, system-cluster-critical, system-node-critical",
			},
		]);
		expect(messages(pod("priorityClassName: silver, priority: 3"))).toEqual([]);
	});
});
