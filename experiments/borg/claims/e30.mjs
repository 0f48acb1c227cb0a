import { percent, pick, spread, valuesOf } from "../../lib/measure.mjs";

const SHARED = { cell: "shared" };
const MICE = "pending_time_p99_us.class_mice";

export const e30 = {
	id: "e30",
	name: "e30-hogs-and-mice",
	title: "Hogs and mice",
	tables: ["job_sizes"],
	claims: [
		{
			id: "index",
			claim: "The CPU time of the largest 1 % of the jobs has a Pareto tail of index 0.69 ± 0.05",
			published: "0.69",
			label: "calibrated",
			measure({ runs }) {
				const indices = valuesOf(pick(runs, SHARED), (run) => tailIndex(sizesOf(run)));
				return { measured: spread(indices), holds: indices.every((index) => Math.abs(index - 0.69) <= 0.05) };
			},
		},
		{
			id: "largest-percent",
			claim: "The largest 1 % of the jobs ask for 98 % of the CPU hours or more (median of the seeds)",
			published: "99.2 % (of what was used)",
			label: "shape",
			notInCi: "depends on how many jobs there are: of few, the largest is seldom drawn",
			measure({ runs }) {
				const shares = valuesOf(pick(runs, SHARED), (run) => largest(sizesOf(run)).share);
				const middle = shares.toSorted((a, b) => a - b)[shares.length >> 1];
				return { measured: shares.map((share) => percent(share, 1)).join(", "), holds: middle >= 0.98 };
			},
		},
		{
			id: "variation",
			claim: "The squared coefficient of variation of the CPU hours of jobs is above 5,000",
			published: "23,312",
			label: "shape",
			notInCi: "depends on how many jobs there are: of few, the largest is seldom drawn",
			measure({ runs }) {
				const values = valuesOf(pick(runs, SHARED), (run) => variation(sizesOf(run)));
				return { measured: spread(values), holds: values.every((value) => value > 5000) };
			},
		},
		{
			id: "isolation",
			claim: "Isolated from hogs, mice wait for a fifth of the time or less (99th percentile), with equal load and machines",
			published: "proposed, without a figure; the factor is our expectation",
			label: "shape",
			notInCi: "in six hours the cell is hardly ever full",
			measure({ runs }) {
				const seeds = [...new Set(runs.map(({ seed }) => seed))];
				const waits = (cell) =>
					seeds.map((seed) => pick(runs, { cell }).find((run) => run.seed === seed).metrics.get(MICE) / 1e6);
				const [together, apart] = [waits("shared"), waits("isolated")];
				return {
					measured: `${spread(together)} s together, ${spread(apart)} s isolated`,
					holds: together.every((wait, i) => wait >= 5 * apart[i]),
				};
			},
		},
		{
			id: "hogs-pay-little",
			claim: "Hogs wait for at most 10 % longer without the machine that mice have (mean)",
			published: "our expectation: mice ask for 1 % of the CPU",
			label: "shape",
			notInCi: "in six hours the cell is hardly ever full",
			measure({ runs }) {
				const mean = "pending_time_mean_us.class_hogs";
				const [together, apart] = ["shared", "isolated"].map((cell) => valuesOf(pick(runs, { cell }), mean));
				return {
					measured: `${spread(together.map((us) => us / 1e6))} s together, ${spread(apart.map((us) => us / 1e6))} s isolated`,
					holds: apart.every((wait, i) => wait <= 1.1 * together[i]),
				};
			},
		},
	],
};

/** Buckets of all classes together, the largest first: how many jobs, the sum of their CPU seconds, and of the squares. */
function sizesOf({ tables }) {
	const columns = tables.get("job_sizes");
	const [from, jobs, sum, squares] = ["from_cpu_seconds", "jobs", "cpu_seconds", "cpu_seconds_squared"].map((name) =>
		columns.get(name),
	);
	return from
		.map((size, i) => ({ from: size, jobs: jobs[i], sum: sum[i], squares: squares[i] }))
		.sort((a, b) => b.from - a.from);
}

function total(sizes, of) {
	return sizes.reduce((sum, size) => sum + of(size), 0);
}

/** The buckets that hold the largest 1 % of the jobs, and their share of the CPU time; of the last bucket as much as is needed. */
function largest(sizes) {
	const wanted = total(sizes, ({ jobs }) => jobs) / 100;
	const inside = [];
	let [jobs, seconds] = [0, 0];
	for (const size of sizes) {
		const part = Math.min(1, (wanted - jobs) / size.jobs);
		if (part <= 0) break;
		inside.push(size);
		jobs += part * size.jobs;
		seconds += part * size.sum;
	}
	return { inside, share: seconds / total(sizes, ({ sum }) => sum) };
}

/** Hill's estimator over the largest 1 %, every job taken at the mean of its bucket (2 % wide). */
function tailIndex(sizes) {
	const { inside } = largest(sizes);
	const { from } = inside.at(-1);
	return total(inside, ({ jobs }) => jobs) / total(inside, ({ jobs, sum }) => jobs * Math.log(sum / jobs / from));
}

function variation(sizes) {
	const mean = total(sizes, ({ sum }) => sum) / total(sizes, ({ jobs }) => jobs);
	return total(sizes, ({ squares }) => squares) / total(sizes, ({ jobs }) => jobs) / mean ** 2 - 1;
}
