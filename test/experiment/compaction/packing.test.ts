/** Packings one by one: bounds and broken-off packings against packings made to their end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assemble } from "../../../src/experiment/assemble.js";
import { Demand } from "../../../src/experiment/compaction/bounds.js";
import { checkpointOf } from "../../../src/experiment/compaction/checkpoint.js";
import { Packer } from "../../../src/experiment/compaction/packing.js";
import { PendingRule } from "../../../src/experiment/compaction/pending-rule.js";
import { prepareExperiment } from "../../../src/experiment/prepare.js";
import { ImportReport } from "../../../src/workload/arrivals.js";
import { group, specOf, tasks } from "../../support/compaction.js";
import { experimentText, temporaryFolder } from "../../support/experiment-files.js";

const folder = temporaryFolder("packing");

async function packerOf(spec: string) {
	const file = join(folder, "e.yaml");
	writeFileSync(file, experimentText(spec));
	const { plans } = await prepareExperiment(file);
	const assembled = await assemble(plans[0]!, new ImportReport());
	return { packer: new Packer(plans[0]!, assembled, "1"), ...(await checkpointOf(assembled, undefined)) };
}

test("pending tasks are told by job, highest priority packed first", async () => {
	const low = tasks({ name: "low", jobs: 1, tasks: 4, cpu: 2, pod: "priority: 10," });
	const high = tasks({ name: "high", jobs: 2, tasks: 1, cpu: 3, pod: "priority: 200," });
	const { packer, nodes, jobs } = await packerOf(specOf([group("n", 2, 4)], [low, high], "{}"));
	const { pending } = await packer.pack(nodes, jobs);
	// Both of high take 3 of 4 cpu each.
	expect([...pending].map(([job, count]) => [job.name, count])).toEqual([["low-0", 4]]);
});

describe("on cells of random machines and tasks, every number of machines tried", () => {
	const cells = fc.record({
		machines: fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 7 }),
		sizes: fc.array(fc.record({ cpu: fc.integer({ min: 1, max: 6 }), count: fc.integer({ min: 1, max: 4 }) }), {
			minLength: 1,
			maxLength: 5,
		}),
		pending: fc.constantFrom(0, 0.2, 0.4),
		picky: fc.integer({ min: 0, max: 3 }),
		scheduler: fc.constantFrom("best-fit", "worst-fit", "random-fit", "first-fit", "borg"),
	});

	test("no packing succeeds below the bound, and breaking off never changes the answer", () =>
		fc.assert(
			fc.asyncProperty(cells, async ({ machines, sizes, scheduler, ...options }) => {
				const groups = machines.map((cpu, i) => group(`m${i}`, 1, cpu));
				const work = sizes.map(({ cpu, count }, i) => tasks({ name: `w${i}`, jobs: 1, tasks: count, cpu }));
				const { packer, nodes, jobs } = await packerOf(specOf(groups, work, "{}", scheduler));
				const rule = new PendingRule(nodes, options);
				const allowed = rule.allowed(jobs);
				const fewest = new Demand(jobs, allowed).fewest(nodes) ?? nodes.length + 1;
				for (let size = 0; size <= nodes.length; size++) {
					const part = nodes.slice(0, size);
					const whole = rule.accepts(await packer.pack(part, jobs), allowed);
					const short = rule.accepts(await packer.pack(part, jobs, rule.verdict(allowed)), allowed);
					expect(short).toBe(whole);
					if (size < fewest) expect(whole).toBe(false);
				}
			}),
			{ seed: 5, numRuns: 40 },
		));
});
