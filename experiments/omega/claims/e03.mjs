import { curve, labels, median, perCell, pick, rises, seconds, text } from "../../lib/measure.mjs";

const ABANDONED = "jobs_abandoned.class_batch";
const slow = (label) => seconds(label) >= 10;

export const e03 = {
	id: "e03",
	name: "e03-two-level-offers",
	title: "Offers that lock resources",
	comparesWith: ["e02"],
	claims: [
		{
			id: "batch-busier-with-slow-service",
			claim:
				"With offers of everything, the batch scheduler gets busier as t_job of service grows: by a fifth at least from 10 ms to 10 s",
			published: "rises (Fig. 7b), though its load is the same; a fifth is our reading, set after a first look at small runs",
			label: "shape",
			measure({ runs }) {
				const busyness = (cell, tJob) => median(pick(runs, { cell, tJob, offers: "all" }), "busyness.scheduler_batch");
				const points = labels(runs, "cell").map((cell) => ({
					at: cell,
					ratio: busyness(cell, "10s") / busyness(cell, "10ms"),
				}));
				return verdictOnLeast(points, 1.2);
			},
		},
		{
			id: "batch-busier-than-multi-path",
			claim:
				"With offers of everything, the batch scheduler is at least twice as busy as under multi-path, at t_job of service of 10 s and more",
			published: "far above multi-path (Figs. 7b, 6b); twice is our reading",
			label: "shape",
			notInCi: "what waits behind a locked cell takes hours to build up",
			measure({ runs, others }) {
				const multi = others("e02");
				if (multi === null) return { measured: "-", holds: null, why: "needs the runs of e02" };
				const points = labels(runs, "cell").flatMap((cell) =>
					labels(runs, "tJob")
						.filter(slow)
						.map((tJob) => {
							const offers = median(pick(runs, { cell, tJob, offers: "all" }), "busyness.scheduler_batch");
							// A saturated scheduler does less for batch: only below saturation is there something to compare with.
							const reference = median(pick(multi, { cell, tJob: "10ms" }), "busyness.class_batch");
							return { at: `${cell}, ${tJob}`, ratio: offers / reference };
						}),
				);
				const { measured, holds } = verdictOnLeast(points, 2);
				return {
					measured,
					holds,
					...(holds
						? {}
						: {
								why: "at the shorter of these decision times what ends meanwhile, and is offered, suffices for most batch jobs: they need a small part of these cells",
							}),
				};
			},
		},
		{
			id: "jobs-abandoned",
			claim: "Batch jobs are given up where service decisions take 10 s or more, more with longer ones; none at 100 ms",
			published: "abandoned jobs appear and increase (Fig. 7c)",
			label: "shape",
			notInCi: "1,000 attempts at a second's distance need more than the time simulated",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const counts = curve(pick(runs, { cell, offers: "all" }), "tJob", ABANDONED);
					const late = counts.filter(({ label }) => slow(label)).map(({ y }) => y);
					const none = counts.filter(({ x }) => x <= 0.1).every(({ y }) => y === 0);
					return { cell, late, holds: none && late.length > 0 && late.every((count) => count > 0) && rises(late) };
				});
				const holds = cells.every((cell) => cell.holds);
				return {
					measured: perCell(cells.map(({ cell, late }) => [cell, late.map(text).join(", ")])),
					holds,
					...(holds
						? {}
						: {
								why: "1,000 attempts a second apart are a quarter of an hour without room for any task; a lock is over after one decision",
							}),
				};
			},
		},
		{
			id: "fair-share-offers-help",
			claim:
				"Offers of a fair share remove at least half of the extra busyness of the batch scheduler at 10 s and more",
			published: "suggested in the text, not measured",
			label: "shape",
			notInCi: "compares differences that are small at this size",
			measure({ runs }) {
				const points = labels(runs, "cell").flatMap((cell) =>
					labels(runs, "tJob")
						.filter(slow)
						.map((tJob) => {
							const [all, fair] = ["all", "fair-share"].map((offers) =>
								median(pick(runs, { cell, tJob, offers }), "busyness.scheduler_batch"),
							);
							const base = median(
								pick(runs, { cell, tJob: labels(runs, "tJob")[0], offers: "all" }),
								"busyness.scheduler_batch",
							);
							return { at: `${cell}, ${tJob}`, ratio: all - base > 0.01 ? (all - fair) / (all - base) : Number.NaN };
						}),
				);
				const known = points.filter(({ ratio }) => !Number.isNaN(ratio));
				if (known.length === 0)
					return { measured: "no extra busyness to remove", holds: null, why: "the effect itself is absent" };
				const { measured, holds } = verdictOnLeast(known, 0.5, "of it gone");
				return { measured, holds };
			},
		},
	],
};

function verdictOnLeast(points, limit, words = "times") {
	const least = points.reduce((a, b) => (b.ratio < a.ratio ? b : a));
	const most = points.reduce((a, b) => (b.ratio > a.ratio ? b : a));
	return {
		measured: `${text(least.ratio)} ${words} (${least.at}) to ${text(most.ratio)} (${most.at})`,
		holds: least.ratio >= limit,
	};
}
