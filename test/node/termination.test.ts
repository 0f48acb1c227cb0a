import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../src/engine/time.js";
import { crowds, faultLists } from "../support/arbitraries.js";
import { job, node } from "../support/cells.js";
import { machineOf, runningPod } from "../support/machines.js";
import { type SimulateOptions, simulate } from "../support/simulations.js";

const FOREVER = Number.POSITIVE_INFINITY;
const ofName = (wanted: string) => ({ selects: ({ name }: { name: string }) => name === wanted });

/** What happens after everybody runs, times in seconds. */
async function afterStart(options: SimulateOptions): Promise<string[]> {
	const { log } = await simulate({ nodes: [node("n")], ...options });
	const seconds = log.map((line) => line.replace(/^\d+/, (us) => String(Number(us) / SECOND)));
	return seconds.filter((line) => !/^0 (node-added|bound|started)/.test(line));
}

/** Pods that differ in nothing but how they run: undisturbed, or on a machine. */
const agents = [
	{ agent: "light", machine: {} },
	{ agent: "full", machine: { machine: machineOf() } },
];

describe.each(agents)("a pod of a $agent node that is deleted", ({ machine }) => {
	const deleted = (takesUs: number, pod: object = {}) =>
		afterStart({
			...machine,
			jobs: [job("p", { pods: [{ ...runningPod({ durationUs: FOREVER }), ...pod }] })],
			faults: [{ atUs: 10 * SECOND, action: "delete", ...ofName("p-0") }],
			termination: { takesUs, noticeDelivered: 1 },
		});

	test("has its resources until it is gone", async () => {
		expect(await deleted(7 * SECOND)).toEqual(["17 deleted p-0"]);
	});

	test("is killed when its grace is over", async () => {
		expect(await deleted(300 * SECOND)).toEqual(["40 deleted p-0"]);
	});

	test("that ends before by itself has succeeded", async () => {
		expect(await deleted(7 * SECOND, { durationUs: 12 * SECOND })).toEqual(["12 succeeded p-0"]);
	});

	test("twice is gone when it was told first, and is not requeued if its node fails meanwhile", async () => {
		const log = await afterStart({
			...machine,
			jobs: [job("p", { pods: [runningPod()] }), job("q", { pods: [runningPod()] })],
			faults: [
				{ atUs: 10 * SECOND, action: "delete", ...ofName("p-0") },
				{ atUs: 12 * SECOND, action: "delete", ...ofName("p-0") },
				{ atUs: 30 * SECOND, action: "delete", ...ofName("q-0") },
				{ atUs: 31 * SECOND, action: "fail", ...ofName("n") },
			],
			termination: { takesUs: 7 * SECOND, noticeDelivered: 1 },
		});
		expect(log).toEqual(["17 deleted p-0", "31 node-not-ready n", "31 deleted q-0"]);
	});
});

describe.each(agents)("a pod of a $agent node that is preempted", ({ machine }) => {
	const preempted = (noticeDelivered: number) =>
		afterStart({
			...machine,
			scheduler: "kube-scheduler",
			queue: { discipline: "kubernetes", backoff: { initialUs: SECOND, maxUs: 10 * SECOND } },
			jobs: [
				job("low", { cpu: 4000, durationUs: FOREVER }),
				job("high", { timeUs: 10 * SECOND, cpu: 4000, facts: { priority: 10 }, durationUs: 5 * SECOND }),
			],
			termination: { takesUs: 7 * SECOND, noticeDelivered },
			endUs: 60 * SECOND,
		});

	test("keeps its node until it is gone; then the other one has it", async () => {
		expect(await preempted(1)).toEqual([
			"17 requeued low-0 preempted",
			"17 bound high-0 n",
			"17 started high-0",
			"22 succeeded high-0",
			"22 bound low-0 n",
			"22 started low-0",
		]);
	});

	test("without notice is killed at once", async () => {
		expect((await preempted(0)).slice(0, 1)).toEqual(["10 requeued low-0 preempted"]);
	});
});

test("a pod that has not started is gone at once", async () => {
	const log = await afterStart({
		jobs: [job("p", { durationUs: FOREVER })],
		startDelayUs: 30 * SECOND,
		faults: [{ atUs: 10 * SECOND, action: "delete", ...ofName("p-0") }],
		termination: { takesUs: 7 * SECOND, noticeDelivered: 1 },
	});
	expect(log).toEqual(["10 deleted p-0"]);
});

test("whatever is deleted and preempted, the cell's books are right, and nobody is lost", async () => {
	await fc.assert(
		fc.asyncProperty(
			crowds({ maxJobs: 20, maxPods: 3, gangs: false }),
			faultLists,
			fc.boolean(),
			fc.nat(20),
			async (crowd, faults, full, takesUs) => {
				// Invariants are checked after every attempt, and every pod is ended or still there.
				const { simulation } = await simulate({
					...crowd,
					faults,
					scheduler: "kube-scheduler",
					...(full && { machine: machineOf() }),
					termination: { takesUs, noticeDelivered: 0.5 },
					endUs: 10_000,
				});
				const { cell } = simulation;
				for (const pod of cell.pods.all()) {
					const { leaving, node: on } = cell.pod(pod);
					if (leaving !== null) expect(on).toBeGreaterThanOrEqual(0);
				}
			},
		),
		{ seed: 5, numRuns: 60 },
	);
});
