import {
	curve,
	labels,
	line,
	median,
	perCell,
	percent,
	pick,
	rises,
	saturationBracket,
	seconds,
	text,
} from "../../lib/measure.mjs";

const BATCH_WAIT = "job_wait_first_attempt_mean_us.class_batch";

export const e02 = {
	id: "e02",
	name: "e02-monolithic-multi-path",
	title: "One scheduler, a fast path for batch jobs",
	comparesWith: ["e01"],
	claims: [
		{
			id: "slope-is-the-service-rate",
			claim: "Busyness is linear in t_job of service; the slope is the rate of service jobs, within 5 %",
			published: "linear (Fig. 6b)",
			label: "verifies",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const below = curve(pick(runs, { cell }), "tJob", "busyness").filter(({ y }) => y < 0.9);
					const rate = median(
						pick(runs, { cell, tJob: below[0].label }),
						// Without conflicts and below saturation a job is tried once.
						({ metrics, measuredSeconds }) => metrics.get("attempts.class_service") / measuredSeconds,
					);
					return { cell, slope: line(below).slope, rate };
				});
				return {
					measured: perCell(cells.map(({ cell, slope, rate }) => [cell, `${text(slope)}/s (rate ${text(rate)}/s)`])),
					holds: cells.every(({ slope, rate }) => Math.abs(slope / rate - 1) <= 0.05),
				};
			},
		},
		{
			id: "head-of-line-blocking",
			claim:
				"Batch jobs wait longer, the longer service decisions take (head-of-line blocking): at the last point before saturation twice as long as at 10 ms",
			published: "batch still suffers (Fig. 5b)",
			label: "shape",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const waits = beforeSaturation(pick(runs, { cell }));
					return {
						cell,
						growth: waits.at(-1).y / waits[0].y,
						at: waits.at(-1).label,
						monotone: rises(waits.map(({ y }) => y)),
					};
				});
				return {
					measured: perCell(cells.map(({ cell, growth, at }) => [cell, `${text(growth)} times at ${at}`])),
					holds: cells.every(({ growth, monotone }) => monotone && growth >= 2),
				};
			},
		},
		{
			id: "far-below-single-path",
			claim:
				"Batch jobs wait at least 3 times less than with a single path, at equal t_job of 1 s or more, up to its own saturation",
			published: "a big drop (Figs. 5a, 5b); 3 times is our reading",
			label: "shape",
			measure({ runs, others }) {
				const single = others("e01");
				if (single === null) return { measured: "-", holds: null, why: "needs the runs of e01" };
				const points = labels(runs, "cell").flatMap((cell) =>
					beforeSaturation(pick(runs, { cell }))
						.filter(({ x }) => x >= 1)
						.map(({ label, y }) => ({
							at: `${cell}, ${label}`,
							ratio: median(pick(single, { cell, tJob: label }), BATCH_WAIT) / y,
						}))
						.filter(({ ratio }) => !Number.isNaN(ratio)),
				);
				const least = points.reduce((a, b) => (b.ratio < a.ratio ? b : a));
				return { measured: `${text(least.ratio)} times less at least (${least.at})`, holds: least.ratio >= 3 };
			},
		},
		{
			id: "far-less-busy-than-single-path",
			claim: "Busyness is far below that of the single path at t_job of 1 s: less than half",
			published: "a big drop (Figs. 6a, 6b)",
			label: "shape",
			measure({ runs, others }) {
				const single = others("e01");
				if (single === null) return { measured: "-", holds: null, why: "needs the runs of e01" };
				const shares = labels(runs, "cell").map((cell) => {
					const [one, multi] = [single, runs].map((some) => median(pick(some, { cell, tJob: "1s" }), "busyness"));
					return { cell, share: multi / one };
				});
				return {
					measured: perCell(shares.map(({ cell, share }) => [cell, `${percent(share)} of it`])),
					holds: shares.every(({ share }) => share < 0.5),
				};
			},
		},
	],
};

function beforeSaturation(runs) {
	const { last } = saturationBracket(runs, "tJob");
	return last === null ? [] : curve(runs, "tJob", BATCH_WAIT).filter(({ x }) => x <= seconds(last));
}
