/** Whole event logs of tiny cells, each checked by hand: three nodes of 4 cpu, first-fit. */
import { describe, expect, test } from "vitest";
import { jobs, logOf, THREE_NODES } from "./scenario.js";

test("queueing: a pod that fits nowhere waits until a node gains room, and then goes before those that came later", async () => {
	// 3 of 4 cpu each, so one pod a node; a decision takes 1 s. The fourth and the fifth pod wait. The node that the first pod
	// leaves at 31 s wakes batch-3; its placement lets batch-4 try, in vain, until n-1 is free at 36 s.
	const log = await logOf(`
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "3", duration: "30s", arrival: "deterministic: {every: 5s}", count: 5 })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit, decisionTime: {perJob: 1s}}]}
`);
	expect(log).toMatchInlineSnapshot(`
		"
		0s job-arrival batch-0
		0s scheduler-wake main
		1s decision-commit main
		1s bind batch-0-0 -> n-0
		1s start batch-0-0
		1s attempt main batch-0 placed 1/1
		5s job-arrival batch-1
		5s scheduler-wake main
		6s decision-commit main
		6s bind batch-1-0 -> n-1
		6s start batch-1-0
		6s attempt main batch-1 placed 1/1
		10s job-arrival batch-2
		10s scheduler-wake main
		11s decision-commit main
		11s bind batch-2-0 -> n-2
		11s start batch-2-0
		11s attempt main batch-2 placed 1/1
		15s job-arrival batch-3
		15s scheduler-wake main
		16s decision-commit main
		16s attempt main batch-3 unschedulable 0/1, 0/3 nodes are available: 3 Insufficient cpu.
		20s job-arrival batch-4
		20s scheduler-wake main
		21s decision-commit main
		21s attempt main batch-4 unschedulable 0/1, 0/3 nodes are available: 3 Insufficient cpu.
		31s node-due n-0
		31s end batch-0-0 succeeded
		31s scheduler-wake main
		32s decision-commit main
		32s bind batch-3-0 -> n-0
		32s start batch-3-0
		32s attempt main batch-3 placed 1/1
		33s decision-commit main
		33s attempt main batch-4 unschedulable 0/1, 0/3 nodes are available: 3 Insufficient cpu.
		36s node-due n-1
		36s end batch-1-0 succeeded
		36s scheduler-wake main
		37s decision-commit main
		37s bind batch-4-0 -> n-1
		37s start batch-4-0
		37s attempt main batch-4 placed 1/1
		41s node-due n-2
		41s end batch-2-0 succeeded
		1m2s node-due n-0
		1m2s end batch-3-0 succeeded
		1m7s node-due n-1
		1m7s end batch-4-0 succeeded
		"
	`);
});

test("shared state: two schedulers choose the same node, the second commit conflicts and is decided again at once", async () => {
	// Both see an empty cell at 10 s and choose n-0. main-1 commits after main-0, finds 1 cpu of 3 left, and needs 1 s more.
	const log = await logOf(`
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "3", duration: "30s", arrival: "at: 10s", count: 2 })}]
scheduling: {architecture: shared-state, schedulers: [{scheduler: first-fit, replicas: 2, decisionTime: {perJob: 1s}}]}
`);
	expect(log).toMatchInlineSnapshot(`
		"
		10s job-arrival batch-0
		10s job-arrival batch-1
		10s scheduler-wake main-0
		10s scheduler-wake main-1
		11s decision-commit main-0
		11s bind batch-0-0 -> n-0
		11s start batch-0-0
		11s attempt main-0 batch-0 placed 1/1
		11s decision-commit main-1
		11s attempt main-1 batch-1 conflict 0/1, 1 in conflict
		12s decision-commit main-1
		12s bind batch-1-0 -> n-1
		12s start batch-1-0
		12s attempt main-1 batch-1 placed 1/1
		41s node-due n-0
		41s end batch-0-0 succeeded
		42s node-due n-1
		42s end batch-1-0 succeeded
		"
	`);
});

test("a node fails: its pods are requeued, latest binding first, and begin anew elsewhere", async () => {
	// Two pods of 2 cpu fill n-0, the third is on n-1. Both lost pods start again at 11 s (2 x 500 ms) and run the full 30 s.
	const log = await logOf(`
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "2", duration: "30s", arrival: "at: 0s", count: 1, more: ", pods: 3" })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit, decisionTime: {perPod: 500ms}}]}
faults: [{at: 10s, action: fail, nodes: [n-0]}, {at: 1m, action: recover, nodes: [n-0]}]
`);
	expect(log).toMatchInlineSnapshot(`
		"
		0s job-arrival batch-0 (3 pods)
		0s scheduler-wake main
		1.5s decision-commit main
		1.5s bind batch-0-0 -> n-0
		1.5s start batch-0-0
		1.5s bind batch-0-1 -> n-0
		1.5s start batch-0-1
		1.5s bind batch-0-2 -> n-1
		1.5s start batch-0-2
		1.5s attempt main batch-0 placed 3/3
		10s fault-leaving fail
		10s node-not-ready n-0
		10s requeue batch-0-1 node-lost
		10s requeue batch-0-0 node-lost
		10s scheduler-wake main
		11s decision-commit main
		11s bind batch-0-1 -> n-1
		11s start batch-0-1
		11s bind batch-0-0 -> n-2
		11s start batch-0-0
		11s attempt main batch-0 placed 2/2
		31.5s node-due n-1
		31.5s end batch-0-2 succeeded
		41s node-due n-2
		41s end batch-0-0 succeeded
		41s node-due n-1
		41s end batch-0-1 succeeded
		1m fault-arriving recover
		1m node-ready n-0
		"
	`);
});

describe("gang", () => {
	const GANG = `
${THREE_NODES}
workloads:
  - ${jobs("small", { cpu: "3", duration: "20s", arrival: "at: 0s", count: 2 })}
  - ${jobs("gang", { cpu: "2", duration: "10s", arrival: "at: 5s", count: 1, more: ", pods: 4|, gang: true" })}
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
`;

	test("all of its pods are placed at once, or none", async () => {
		// At 5 s two pods of 2 cpu would fit on n-2, none on n-0 and n-1 with 1 cpu left each: n-2 stays empty until 20 s.
		const log = (await logOf(GANG)).replace(/, 0\/3 nodes are available.*/, "");
		expect(log).toMatchInlineSnapshot(`
			"
			0s job-arrival small-0
			0s job-arrival small-1
			0s scheduler-wake main
			0s bind small-0-0 -> n-0
			0s start small-0-0
			0s attempt main small-0 placed 1/1
			0s bind small-1-0 -> n-1
			0s start small-1-0
			0s attempt main small-1 placed 1/1
			5s job-arrival gang-0 (gang of 4)
			5s scheduler-wake main
			5s attempt main gang-0 unschedulable 0/4
			20s node-due n-0
			20s end small-0-0 succeeded
			20s node-due n-1
			20s end small-1-0 succeeded
			20s scheduler-wake main
			20s bind gang-0-0 -> n-0
			20s start gang-0-0
			20s bind gang-0-1 -> n-0
			20s start gang-0-1
			20s bind gang-0-2 -> n-1
			20s start gang-0-2
			20s bind gang-0-3 -> n-1
			20s start gang-0-3
			20s attempt main gang-0 placed 4/4
			30s node-due n-0
			30s end gang-0-0 succeeded
			30s end gang-0-1 succeeded
			30s node-due n-1
			30s end gang-0-2 succeeded
			30s end gang-0-3 succeeded
			"
		`);
	});

	test("the attempt tells why the gang was not placed", async () => {
		expect(await logOf(GANG)).toContain(
			"5s attempt main gang-0 unschedulable 0/4, 0/3 nodes are available: 3 Insufficient cpu.",
		);
	});
});

describe("queue discipline", () => {
	const spec = (discipline: string) => `
${THREE_NODES}
workloads:
  - ${jobs("first", { cpu: "3", duration: "20s", arrival: "at: 0s", count: 3 })}
  - ${jobs("big", { cpu: "4", duration: "10s", arrival: "at: 1s", count: 1 })}
  - ${jobs("tiny", { cpu: "1", duration: "5s", arrival: "at: 2s", count: 1 })}
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}], queue: {discipline: ${discipline}}}
`;

	test("strict: tiny would fit at 2 s, but big came before it and waits", async () => {
		expect(await logOf(spec("strict"))).toMatchInlineSnapshot(`
			"
			0s job-arrival first-0
			0s job-arrival first-1
			0s job-arrival first-2
			0s scheduler-wake main
			0s bind first-0-0 -> n-0
			0s start first-0-0
			0s attempt main first-0 placed 1/1
			0s bind first-1-0 -> n-1
			0s start first-1-0
			0s attempt main first-1 placed 1/1
			0s bind first-2-0 -> n-2
			0s start first-2-0
			0s attempt main first-2 placed 1/1
			1s job-arrival big-0
			1s scheduler-wake main
			1s attempt main big-0 unschedulable 0/1, 0/3 nodes are available: 3 Insufficient cpu.
			2s job-arrival tiny-0
			2s scheduler-wake main
			20s node-due n-0
			20s end first-0-0 succeeded
			20s node-due n-1
			20s end first-1-0 succeeded
			20s node-due n-2
			20s end first-2-0 succeeded
			20s scheduler-wake main
			20s bind big-0-0 -> n-0
			20s start big-0-0
			20s attempt main big-0 placed 1/1
			20s bind tiny-0-0 -> n-1
			20s start tiny-0-0
			20s attempt main tiny-0 placed 1/1
			25s node-due n-1
			25s end tiny-0-0 succeeded
			30s node-due n-0
			30s end big-0-0 succeeded
			"
		`);
	});

	test("skip: tiny overtakes big", async () => {
		expect(await logOf(spec("skip"))).toMatchInlineSnapshot(`
			"
			0s job-arrival first-0
			0s job-arrival first-1
			0s job-arrival first-2
			0s scheduler-wake main
			0s bind first-0-0 -> n-0
			0s start first-0-0
			0s attempt main first-0 placed 1/1
			0s bind first-1-0 -> n-1
			0s start first-1-0
			0s attempt main first-1 placed 1/1
			0s bind first-2-0 -> n-2
			0s start first-2-0
			0s attempt main first-2 placed 1/1
			1s job-arrival big-0
			1s scheduler-wake main
			1s attempt main big-0 unschedulable 0/1, 0/3 nodes are available: 3 Insufficient cpu.
			2s job-arrival tiny-0
			2s scheduler-wake main
			2s bind tiny-0-0 -> n-0
			2s start tiny-0-0
			2s attempt main tiny-0 placed 1/1
			7s node-due n-0
			7s end tiny-0-0 succeeded
			20s node-due n-1
			20s end first-1-0 succeeded
			20s node-due n-2
			20s end first-2-0 succeeded
			20s node-due n-0
			20s end first-0-0 succeeded
			20s scheduler-wake main
			20s bind big-0-0 -> n-0
			20s start big-0-0
			20s attempt main big-0 placed 1/1
			30s node-due n-0
			30s end big-0-0 succeeded
			"
		`);
	});
});

test("start delay: a pod starts 2 s after its binding; one deleted before never starts, and its room is there again", async () => {
	// web is bound at 1 s, would start at 3 s and is deleted at 2.5 s; late found no room at 2 s, takes web's and starts at 4.5 s.
	const log = await logOf(`
cluster: {nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "4", memory: 16Gi}}}}]}
workloads:
  - ${jobs("batch", { cpu: "2", duration: "10s", arrival: "at: 0s", count: 1 })}
  - ${jobs("web", { cpu: "2", duration: "forever", arrival: "at: 1s", count: 1 })}
  - ${jobs("late", { cpu: "2", duration: "5s", arrival: "at: 2s", count: 1 })}
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
node: {startDelay: 2s}
faults: [{at: 2500ms, action: delete, pods: {matchLabels: {app: web}}}]
`);
	expect(log).toMatchInlineSnapshot(`
		"
		0s job-arrival batch-0
		0s scheduler-wake main
		0s bind batch-0-0 -> n-0
		0s attempt main batch-0 placed 1/1
		1s job-arrival web-0
		1s scheduler-wake main
		1s bind web-0-0 -> n-0
		1s attempt main web-0 placed 1/1
		2s node-due n-0
		2s start batch-0-0
		2s job-arrival late-0
		2s scheduler-wake main
		2s attempt main late-0 unschedulable 0/1, 0/1 nodes are available: 1 Insufficient cpu.
		2.5s fault-leaving delete
		2.5s end web-0-0 deleted
		2.5s scheduler-wake main
		2.5s bind late-0-0 -> n-0
		2.5s attempt main late-0 placed 1/1
		4.5s node-due n-0
		4.5s start late-0-0
		9.5s node-due n-0
		9.5s end late-0-0 succeeded
		12s node-due n-0
		12s end batch-0-0 succeeded
		"
	`);
});
