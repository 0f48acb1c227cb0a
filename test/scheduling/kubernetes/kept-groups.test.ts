/** What is kept answers as the readable form does with pod groups and quotas, too: the same pods get the same nodes at the same times. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ClusterObjects } from "../../../src/objects/cluster-objects.js";
import { job, node } from "../../support/cells.js";
import { inGroup, kubeScheduler, podGroups, quotas, restless, SECOND } from "../../support/kubernetes-groups.js";
import { simulate } from "../../support/simulations.js";

const PROFILE = {
	plugins: {
		multiPoint: {
			enabled: [{ name: "Coscheduling" }, { name: "CapacityScheduling" }],
			disabled: [{ name: "PrioritySort" }, { name: "DefaultPreemption" }],
		},
	},
};

const cpus = fc.constantFrom(2000, 4000, 8000);
const drawn = fc.record({
	jobs: fc.array(
		fc.record({
			namespace: fc.constantFrom("default", "b", "free"),
			group: fc.constantFrom("", "", "x", "y"),
			cpu: fc.constantFrom(500, 1000, 2000),
			priority: fc.constantFrom(0, 0, 5),
			atS: fc.integer({ min: 0, max: 15 }),
			durationS: fc.integer({ min: 1, max: 20 }),
			pods: fc.integer({ min: 1, max: 4 }),
		}),
		{ minLength: 1, maxLength: 16 },
	),
	nodes: fc.integer({ min: 1, max: 4 }),
	quotas: fc.record({ default: fc.tuple(cpus, cpus), b: fc.tuple(cpus, cpus) }),
	quorums: fc.record({ x: fc.integer({ min: 1, max: 4 }), y: fc.integer({ min: 1, max: 4 }) }),
});

test("keeping all, or nothing", async () => {
	let binds = 0;
	let preemptions = 0;
	await fc.assert(
		fc.asyncProperty(drawn, async (setting) => {
			const limits = Object.entries(setting.quotas).map(([name, [min, max]]) => [
				name,
				[
					{ cpu: min, memory: 1e6 },
					{ cpu: max, memory: 1e6 },
				],
			]);
			const objects: ClusterObjects = {
				...podGroups(setting.quorums),
				quotas: quotas(Object.fromEntries(limits)).quotas,
			};
			const jobs = [...setting.jobs]
				.sort((a, b) => a.atS - b.atS)
				.map(({ namespace, group, priority, atS, durationS, ...of }, i) => {
					const facts = group === "" ? { namespace, priority } : inGroup(group, { namespace, priority });
					return job(`j${i}`, { ...of, facts, timeUs: atS * SECOND, durationUs: durationS * SECOND });
				});
			const run = async (keeps: "all" | "nothing") => {
				const nodes = Array.from({ length: setting.nodes }, (_, n) => node(`n${n}`));
				const observers = [restless];
				const { log, attempts } = await simulate({ ...kubeScheduler(PROFILE, keeps), nodes, jobs, objects, observers });
				return {
					log,
					attempts: attempts.map(({ rejections, outcome, job: { name } }) => [name, outcome, ...rejections]),
				};
			};
			const kept = await run("all");
			binds += kept.log.filter((line) => line.includes(" bound ")).length;
			preemptions += kept.log.filter((line) => line.includes(" preempted")).length;
			expect(kept).toEqual(await run("nothing"));
		}),
		{ seed: 21, numRuns: 80 },
	);
	expect(binds).toBeGreaterThan(300);
	expect(preemptions).toBeGreaterThan(20);
});
