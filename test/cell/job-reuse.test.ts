/** Objects of jobs are used again where nobody can tell. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CellListener } from "../../src/cell/changes.js";
import type { Job } from "../../src/cell/job.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { crowds, faultLists } from "../support/arbitraries.js";
import { cellOf, commit, job, node, placementOf } from "../support/cells.js";
import { architectureNamed, replicasOf, simulate } from "../support/simulations.js";

interface Story {
	readonly pods?: number;
	readonly attempts?: number;
	/** Whether its submitter asked for it. */
	readonly asked?: boolean;
	readonly parked?: boolean;
	readonly told?: boolean;
	readonly ends?: "succeeded" | "failed";
	readonly listener?: CellListener;
}

/** Whether a job that comes after another has ended has the object of that one. */
function usedAgain({ pods = 1, attempts = 1, asked, parked, told, ends = "succeeded", listener = {} }: Story): boolean {
	const cell = cellOf([node("n")]);
	cell.leavingTakesTime = true;
	cell.watch(listener);
	const coming = (arrival: JobArrival): Job => {
		if (asked) cell.submit(arrival);
		else cell.enter(arrival);
		return cell.pod([...cell.pods.all()][0]!).job;
	};
	const first = coming(job("first", { pods }));
	for (let i = 0; i < attempts; i++) cell.countAttempt(first);
	if (parked) first.stay = 1;
	const { accepted } = commit(
		cell,
		first.pending.map((pod) => placementOf(cell, pod, 0)),
	);
	for (const { pod } of accepted) cell.startPod(pod);
	if (told) cell.stopPod(accepted[0]!.pod, "preempted");
	for (const { pod } of accepted) cell.endPod(pod, ends);
	const { ordinal, name, started, attempts: tries, fullStartUs, pending } = coming(job("second"));
	expect([ordinal, name, started, tries, fullStartUs, pending.length]).toEqual([1, "second", 0, 0, Number.NaN, 1]);
	return cell.pod(pending[0]!).job === first;
}

test.each<[string, boolean, Story]>([
	["went straight", true, {}],
	["went straight, and its listener forgets it", true, { listener: { jobEnded() {}, forgetsJobs: true } }],
	["may be kept by a listener that hears of its end", false, { listener: { jobEnded() {} } }],
	["may be kept by a listener that hears of its attempts", false, { listener: { attempted() {} } }],
	["was handed out", false, { asked: true }],
	["was tried twice", false, { attempts: 2 }],
	["was placed by nobody who counts attempts", false, { attempts: 0 }],
	["was parked, and may be in its heap yet", false, { parked: true }],
	["was told to go, and ended before", false, { told: true }],
	["failed", false, { ends: "failed" }],
	["had two pods", false, { pods: 2 }],
])("a job that %s is used again: %s", (_story, expected, story) => {
	expect(usedAgain(story)).toBe(expected);
});

test("runs are the same whether jobs are used again or kept by somebody", async () => {
	const setting = fc.record({
		cell: crowds({ maxJobs: 40, maxPods: 2, gangs: true }),
		faults: faultLists,
		architecture: fc.constantFrom(...architectures.all.keys()),
		scheduler: fc.constantFrom("first-fit", "random-fit", "kube-scheduler"),
		perJobUs: fc.constantFrom(0, 5),
	});
	await fc.assert(
		fc.asyncProperty(setting, async ({ cell, architecture, ...rest }) => {
			const options = {
				...cell,
				...rest,
				quiet: true,
				replicas: replicasOf(architecture),
				architecture: architectureNamed(architecture),
			};
			const reusing = await simulate(options);
			const keeping = await simulate({
				...options,
				observers: [(_engine, watched) => watched.watch({ jobEnded() {} })],
			});
			expect(reusing.simulation.engine.digest.hex()).toBe(keeping.simulation.engine.digest.hex());
		}),
		{ seed: 808, numRuns: 50 },
	);
});
