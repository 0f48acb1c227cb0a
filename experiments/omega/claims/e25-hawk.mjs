import { labels, percent, pick, quantile } from "../../lib/measure.mjs";

export const e25Hawk = {
	id: "e25-hawk",
	name: "e25-hawk",
	title: "Hawk: a hybrid",
	tables: ["jobs"],
	claims: [
		change("short-median", "short", 0.5, -0.5, "-80 % (abstract)"),
		change("short-p90", "short", 0.9, -0.6, "-90 % (abstract)"),
		change("long-median", "long", 0.5, 0, "-35 % (abstract)"),
		change("long-p90", "long", 0.9, 0, "-10 % (abstract)"),
	],
};

/** How a quantile of the run times of a class changes from Sparrow to Hawk at the highest load. */
function change(id, className, q, limit, published) {
	const name = q === 0.5 ? "median" : "p90";
	return {
		id,
		claim: `The ${name} run time of ${className} jobs falls${limit === 0 ? ", or stays" : ` by ${-100 * limit} % at least`} at the highest load`,
		published,
		label: "shape",
		...(className === "long" ? { notInCi: "a hundred-odd long jobs" } : {}),
		measure({ runs }) {
			const all = labels(runs, "load").map((load) => {
				const [sparrow, hawk] = ["sparrow", "hawk"].map((arm) => runTime(pick(runs, { load, arm }), className, q));
				return [load, hawk / sparrow - 1];
			});
			const holds = all.at(-1)[1] <= limit;
			return {
				measured: all.map(([load, by]) => `${load}: ${by > 0 ? "+" : ""}${percent(by)}`).join(", "),
				holds,
				...(holds || className === "short"
					? {}
					: { why: "long jobs have 83 % of the nodes for themselves, and wait in one queue until that much is free" }),
			};
		},
	};
}

/** Median over seeds; jobs are named `<workload>-<number>`. */
function runTime(runs, className, q) {
	const found = runs.map(({ tables, warmupUs }) => {
		const [names, submit, end] = ["name", "submit_time_us", "end_time_us"].map((column) =>
			tables.get("jobs").get(column),
		);
		const times = Array.from(submit, (from, i) => end[i] - from).filter(
			(us, i) => submit[i] >= warmupUs && !Number.isNaN(us) && names[i].startsWith(`${className}-`),
		);
		return quantile(times, q);
	});
	return quantile(found, 0.5);
}
