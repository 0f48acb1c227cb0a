import {
	curve,
	labels,
	median,
	perCell,
	pick,
	rises,
	saturationBracket,
	saturationPoint,
	seconds,
	text,
} from "../../lib/measure.mjs";

const BATCH_WAIT = "job_wait_first_attempt_mean_us.class_batch";
const SERVICE_WAIT = "job_wait_first_attempt_mean_us.class_service";

export const e01 = {
	id: "e01",
	name: "e01-monolithic-single-path",
	title: "One scheduler, one code path",
	claims: [
		{
			id: "busyness-is-rate-times-decision-time",
			claim: "Below 0.9, busyness is λ(t_job + n t_task), with the λ and n that each run drew",
			published: "linear in t_job up to saturation (Fig. 6a)",
			label: "verifies",
			measure({ runs }) {
				const off = runs
					.filter(({ metrics }) => metrics.get("busyness") < 0.9)
					.map((run) => Math.abs(run.metrics.get("busyness") - predictedBusyness(run)));
				const most = Math.max(...off);
				return { measured: `off by ${text(most)} at most (${off.length} runs; allowed 0.03)`, holds: most <= 0.03 };
			},
		},
		{
			id: "saturation-point",
			claim: "Saturation where that reaches 1: t_job = (1 - λ n t_task) / λ, within 10 %",
			published: "busyness ends at 1 (Fig. 6a)",
			label: "verifies",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const ofCell = pick(runs, { cell });
					const expected = median(ofCell, saturationTime);
					const found = saturationPoint(curve(ofCell, "tJob", "busyness"));
					const { last, first } = saturationBracket(ofCell, "tJob");
					const between =
						last !== null && first !== null && seconds(last) < 1.1 * expected && seconds(first) > 0.9 * expected;
					return { cell, expected, found, last, first, holds: between && Math.abs(found / expected - 1) <= 0.1 };
				});
				const words = cells.map(({ cell, found, expected, last, first }) => [
					cell,
					`${text(found)} s (expected ${text(expected)} s; backlog grows after ${last}, at ${first} at the latest)`,
				]);
				return { measured: perCell(words), holds: cells.every(({ holds }) => holds) };
			},
		},
		{
			id: "waits-coincide",
			claim: "Batch and service jobs wait equally long, within 10 %, up to saturation",
			published: "the lines coincide (Fig. 5a)",
			label: "verifies",
			notInCi: "a hundred-odd service jobs do not give a mean to 10 %",
			measure({ runs }) {
				const ratios = unsaturated(runs).map(({ cell, label, runs: some }) => ({
					at: `${cell}, ${label}`,
					ratio: median(some, SERVICE_WAIT) / median(some, BATCH_WAIT),
				}));
				const worst = ratios.reduce((a, b) => (Math.abs(b.ratio - 1) > Math.abs(a.ratio - 1) ? b : a));
				return {
					measured: `service/batch from ${text(Math.min(...ratios.map(({ ratio }) => ratio)))} to ${text(Math.max(...ratios.map(({ ratio }) => ratio)))}; farthest off: ${worst.at}`,
					holds: Math.abs(worst.ratio - 1) <= 0.1,
				};
			},
		},
		{
			id: "wait-explodes",
			claim: "The wait of batch jobs grows more than 10 times over the last two points of the grid before saturation",
			published: "grows without bound (Fig. 5a); 10 times is our reading",
			label: "shape",
			notInCi: "depends on where the few points of the grid lie",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const points = unsaturated(pick(runs, { cell }));
					const [before, last] = points.slice(-2).map(({ runs: some }) => some);
					const busyness = [before, last].map((some) => median(some, "busyness"));
					return { cell, growth: median(last, BATCH_WAIT) / median(before, BATCH_WAIT), busyness };
				});
				const holds = cells.every(({ growth }) => growth > 10);
				const grid = cells.map(({ cell, busyness: [a, b] }) => [cell, `${text(a)} to ${text(b)}`]);
				return {
					measured: perCell(cells.map(({ cell, growth }) => [cell, `${text(growth)} times`])),
					holds,
					...(holds
						? {}
						: {
								why: `the grid is coarse: the two points are at busyness ${perCell(grid)}; waits go with 1/(1 - busyness)`,
							}),
				};
			},
		},
		{
			id: "wait-without-bound",
			claim:
				"At the first saturated point batch jobs wait 10 times longer than at the last that is not, and ever longer after it",
			published: "grows without bound (Fig. 5a)",
			label: "shape",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const ofCell = pick(runs, { cell });
					const waits = curve(ofCell, "tJob", BATCH_WAIT);
					const { last } = saturationBracket(ofCell, "tJob");
					const from = waits.findIndex(({ label }) => label === last);
					const [before, ...after] = waits.slice(from).map(({ y }) => y);
					return { cell, growth: after[0] / before, holds: after[0] > 10 * before && rises(after, { share: 0.02 }) };
				});
				return {
					measured: perCell(cells.map(({ cell, growth }) => [cell, `${text(growth)} times`])),
					holds: cells.every(({ holds }) => holds),
				};
			},
		},
	],
};

const T_TASK = 0.005;

function load({ metrics, measuredSeconds }) {
	const jobs = metrics.get("jobs_submitted");
	return { rate: jobs / measuredSeconds, tasks: metrics.get("pods_submitted") / jobs };
}

function predictedBusyness(run) {
	const { rate, tasks } = load(run);
	return rate * (seconds(run.axes.get("tJob")) + tasks * T_TASK);
}

function saturationTime(run) {
	const { rate, tasks } = load(run);
	return (1 - rate * tasks * T_TASK) / rate;
}

/** The points, cell by cell, at which no seed is saturated. */
function unsaturated(runs) {
	return labels(runs, "cell").flatMap((cell) =>
		labels(runs, "tJob")
			.map((label) => ({ cell, label, runs: pick(runs, { cell, tJob: label }) }))
			.filter(({ runs: some }) => some.length > 0 && some.every(({ metrics }) => metrics.get("saturated") === 0)),
	);
}
