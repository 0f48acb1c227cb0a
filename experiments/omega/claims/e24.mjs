import { pick } from "../../lib/measure.mjs";

const CPUS = 9;
const GIGABYTES = 18;

export const e24 = {
	id: "e24",
	name: "e24-drf",
	title: "Dominant resource fairness",
	claims: [
		{
			id: "example",
			claim: "A runs 3 tasks, B runs 2; each holds two thirds of its dominant resource",
			published: "3 and 2, 2/3 each (section 4.1)",
			label: "verifies",
			measure: ({ runs }) => {
				const [run] = pick(runs, { weightOfA: 1 });
				const { a, b } = tasks(run);
				return { measured: `${a} and ${b}; ${shares(a, b)}`, holds: a === 3 && b === 2 };
			},
		},
		{
			id: "weights",
			claim: "With weights 2 and 1, A runs 4 and B 1: nobody gets more without the other getting less of his due",
			published: "weighted DRF (section 4.3); the numbers are ours, by hand",
			label: "verifies",
			measure: ({ runs }) => {
				const [run] = pick(runs, { weightOfA: 2 });
				const { a, b } = tasks(run);
				return { measured: `${a} and ${b}; ${shares(a, b)}`, holds: a === 4 && b === 1 };
			},
		},
		{
			id: "properties",
			claim: "Sharing incentive, envy-freeness, Pareto efficiency",
			published: "proved (section 3)",
			label: "verifies",
			notAsserted: "not by a run: test/scheduling/fair-share.test.ts asserts them on random cases",
		},
	],
};

/** What is in use is a x <1 cpu, 4 GB> + b x <3 cpu, 1 GB>: two equations. */
function tasks({ metrics }) {
	const [cpu, memory] = [CPUS * metrics.get("cpu_allocation"), GIGABYTES * metrics.get("memory_allocation")];
	const b = (4 * cpu - memory) / 11;
	return { a: rounded(cpu - 3 * b), b: rounded(b) };
}

/** Levels are means over time: as exact as floating point. */
function rounded(value) {
	return Math.abs(value - Math.round(value)) < 1e-9 ? Math.round(value) : value;
}

function shares(a, b) {
	return `${4 * a}/${GIGABYTES} of the memory, ${3 * b}/${CPUS} of the CPUs`;
}
