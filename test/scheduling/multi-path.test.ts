/** Decision times by class: the single-path and multi-path monolithic schedulers of the Omega paper, and head-of-line blocking. */
import { expect, test } from "vitest";
import { job, node } from "../support/cells.js";
import { architectureNamed, simulate } from "../support/simulations.js";

const classes = (slow: number) => ({
	decisionTime: {
		perJobUs: 10,
		perPodUs: 1,
		byClass: new Map([["service", { perJobUs: slow, perPodUs: 2 }]]),
	},
});
const jobs = [
	job("batch-0", { facts: { className: "batch" }, pods: 3 }),
	job("service", { facts: { className: "service" }, pods: 2 }),
	job("batch-1", { facts: { className: "batch" } }),
];

test("each class takes its own time, and one slow decision holds up everybody behind it", async () => {
	const { attempts } = await simulate({ nodes: [node("n", { cpu: 9000 })], jobs, schedulers: [classes(100)] });
	expect(attempts.map(({ beginUs, commitUs, decisionUs }) => [beginUs, commitUs, decisionUs])).toEqual([
		[0, 13, 13], // 10 + 3 x 1
		[13, 117, 104], // 100 + 2 x 2
		[117, 128, 11], // 10 + 1
	]);
});

test("with a scheduler of its own, the slow class holds up nobody else", async () => {
	const { attempts } = await simulate({
		nodes: [node("n", { cpu: 9000 })],
		jobs,
		schedulers: [
			{ ...classes(100), name: "batch", classes: ["batch"] },
			{ ...classes(100), name: "service", classes: ["service"] },
		],
		architecture: architectureNamed("shared-state"),
	});
	expect(attempts.map(({ job: of, commitUs }) => [of.name, commitUs])).toEqual([
		["batch-0", 13],
		["batch-1", 24],
		["service", 104],
	]);
});
