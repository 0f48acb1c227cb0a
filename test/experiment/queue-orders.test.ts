/** Orders of the waiting room in experiment files. */
import { expect, test } from "vitest";
import { logOf } from "../scenarios/scenario.js";
import { refusal, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("queue-orders");

/** Three jobs of ann's come at 0 s, one of bob's at 5 s; there is room for one at a time, for 10 s. */
const SPEC = (queue: string, architecture = "monolithic") => `
cluster: {nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "1", memory: 8Gi}}}}]}
clock: {end: 1h}
workloads:
${workload("ann", "0s", 3)}
${workload("bob", "5s", 1)}
scheduling:
  architecture: ${architecture}
  schedulers: [{scheduler: first-fit}]
  queue: ${queue}
`;

function workload(user: string, at: string, count: number): string {
	const pod = `{metadata: {namespace: ${user}}, spec: {containers: [{name: c, resources: {requests: {cpu: "1"}}}]}}`;
	return `  - {name: ${user}, arrival: {at: ${at}}, count: ${count}, template: ${pod}, sim: {duration: 10s}}`;
}

test.each([
	["{}", "ann-0-0 ann-1-0 ann-2-0 bob-0-0"],
	["{order: users-in-turn}", "ann-0-0 bob-0-0 ann-1-0 ann-2-0"],
	["{order: {name: users-in-turn}}", "ann-0-0 bob-0-0 ann-1-0 ann-2-0"],
])("queue: %s starts %s", async (queue, started) => {
	const starts = (await logOf(SPEC(queue))).split("\n").filter((line) => line.includes(" start "));
	expect(starts.map((line) => line.split(" ")[2]).join(" ")).toBe(started);
});

const AT = "e.yaml:13:20 error spec.scheduling.queue.order:";

test.each([
	[
		"{order: shortest}",
		"monolithic",
		"e.yaml:13:20 error spec.scheduling.queue.order: unknown queue order 'shortest': expected priority, users-in-turn, fifo, shortest-job, shortest-by-user, shortest-by-group, shortest-by-group-gpu",
	],
	[
		"{order: users-in-turn, discipline: strict}",
		"monolithic",
		`${AT} users cannot take turns where everyone waits behind the first: write discipline: skip`,
	],
	[
		"{order: fifo}",
		"sparrow",
		`${AT} under the architecture sparrow jobs wait in queues that have no other order: leave order out`,
	],
])("refused: queue: %s %s", async (queue, architecture, complaint) => {
	expect(await refusal(folder, SPEC(queue, architecture))).toBe(complaint);
});

test("refused: an order for the queue of kube-scheduler", async () => {
	const spec = SPEC("{order: fifo, discipline: kubernetes}").replace("first-fit", "kube-scheduler");
	expect(await refusal(folder, spec)).toBe(
		`${AT} the queue of kube-scheduler has an order of its own (queueSort of its profiles): leave order out`,
	);
});

test("a job without the estimate that an order goes by fails the run, and says so", async () => {
	await expect(logOf(SPEC("{order: shortest-by-user}"))).rejects.toThrow(
		"job 'ann-0' comes without the estimate 'user' of its run time, which the order shortest-by-user goes by (it has none at all)",
	);
});
