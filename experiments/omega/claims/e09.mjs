import { curve, labels, median, pick, saturationBracket, saturationPoint, seconds, text } from "../../lib/measure.mjs";

const BUSYNESS = "busyness.scheduler_batch";
const WAIT = "job_wait_first_attempt_mean_us.class_batch";
const SATURATED = "saturated.scheduler_batch";

export const e09 = {
	id: "e09",
	name: "e09-three-batch-schedulers",
	title: "Three batch schedulers",
	claims: [
		{
			id: "one-scheduler",
			claim: "One batch scheduler is saturated at t_job of 4 s, within 25 %",
			published: "about 4 s (Fig. 13)",
			label: "calibrated",
			measure: ({ runs }) => {
				const { found, words } = saturation(runs, 1);
				return {
					measured: words,
					holds: Number.isNaN(found) ? null : Math.abs(found / 4 - 1) <= 0.25,
					why: "circular: the rate of C was computed from it",
				};
			},
		},
		{
			id: "ratio",
			claim: "Three are saturated at 2.6 to 4 times that t_job",
			published: "about 15 s, 3 to 4 times (Fig. 13)",
			label: "validates",
			measure({ runs }) {
				const [one, three] = [saturation(runs, 1), saturation(runs, 3)];
				const ratio = three.found / one.found;
				return {
					measured: `${text(ratio)} times: ${three.words}`,
					holds: Number.isNaN(ratio) ? null : ratio >= 2.6 && ratio <= 4,
				};
			},
		},
		{
			id: "conflicts",
			claim: "The conflict fraction of three is 0.2 at most, up to saturation",
			published: "about 0.1 (section 5.2)",
			label: "shape",
			measure({ runs }) {
				const points = unsaturated(runs, 3);
				const most = Math.max(...curve(points, "tJob", "conflict_fraction.class_batch").map(({ y }) => y));
				return { measured: `${text(most)} at most`, holds: most <= 0.2 };
			},
		},
		{
			id: "objective-held",
			claim: "The 30 s objective is held at every point below saturation",
			published: "held until saturation (Fig. 13)",
			label: "shape",
			notInCi: "a few hundred jobs at a busyness near 1 do not give a mean",
			measure({ runs }) {
				const lost = labels(runs, "schedulers").flatMap((schedulers) =>
					curve(unsaturated(runs, schedulers), "tJob", WAIT)
						.filter(({ y }) => y > 30e6)
						.map(
							({ label, y }) =>
								`${schedulers}: ${text(y / 1e6)} s at ${label} (busyness ${text(median(pick(runs, { schedulers, tJob: label }), BUSYNESS))})`,
						),
				);
				return {
					measured: lost.length === 0 ? "everywhere" : `lost with ${lost.join("; ")}`,
					holds: lost.length === 0,
					...(lost.length === 0
						? {}
						: {
								why: "a queue's wait goes with 1/(1 - busyness): decisions of seconds pass 30 s above a busyness of about 0.9",
							}),
				};
			},
		},
	],
};

function saturation(runs, schedulers) {
	const some = pick(runs, { schedulers });
	const found = saturationPoint(curve(some, "tJob", BUSYNESS));
	const { last, first } = saturationBracket(some, "tJob", SATURATED);
	return { found, words: `${text(found)} s (backlog grows after ${last ?? "-"}, at ${first ?? "-"} at the latest)` };
}

/** The runs at those t_job at which no seed is saturated. */
function unsaturated(runs, schedulers) {
	const some = pick(runs, { schedulers });
	const { last } = saturationBracket(some, "tJob", SATURATED);
	return last === null ? [] : some.filter(({ axes }) => seconds(axes.get("tJob")) <= seconds(last));
}
