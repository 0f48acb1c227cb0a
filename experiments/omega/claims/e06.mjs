import { curve, labels, median, pick, rises, saturationBracket, text } from "../../lib/measure.mjs";

const FRACTION = "conflict_fraction.class_batch";
const BUSYNESS = "busyness.scheduler_batch";

export const e06 = {
	id: "e06",
	name: "e06-many-batch-schedulers",
	title: "Many batch schedulers",
	claims: [
		{
			id: "conflicts-grow",
			claim:
				"At each rate the conflict fraction grows with the number of batch schedulers (not below the one before by more than 10 %)",
			published: "grows with the number (Fig. 9a)",
			label: "shape",
			notInCi: "a dozen conflicts in an hour are no fraction",
			measure({ runs }) {
				const rates = labels(runs, "rate").map((rate) => ({
					rate,
					fractions: curve(pick(runs, { rate }), "schedulers", FRACTION).map(({ y }) => y),
				}));
				const broken = rates.filter(
					({ fractions }) => !rises(fractions, { share: 0.1 }) || fractions.at(-1) <= fractions[0],
				);
				const { rate, fractions } = rates.at(-1);
				return {
					measured: `at ${rate} times: ${fractions.map(text).join(", ")}${broken.length === 0 ? "" : `; not so at ${broken.map(({ rate }) => rate).join(", ")}`}`,
					holds: broken.length === 0,
					...(broken.length === 0
						? {}
						: {
								why: "conflicts go with the decisions under way at once: their mean number is rate x decision time, whoever makes them, once none is saturated",
							}),
				};
			},
		},
		{
			id: "each-is-less-busy",
			claim: "The busyness of each batch scheduler falls with their number",
			published: "falls (Fig. 9b)",
			label: "shape",
			measure({ runs }) {
				const rates = labels(runs, "rate").map((rate) => ({
					rate,
					ys: curve(pick(runs, { rate }), "schedulers", BUSYNESS).map(({ y }) => y),
				}));
				const { rate, ys } = rates.at(-1);
				return {
					measured: `at ${rate} times: ${ys.map(text).join(", ")}`,
					// Where several are saturated, all stand at 1.
					holds: rates.every(
						({ ys }) =>
							ys.every((y, i) => i === 0 || y < ys[i - 1] || (y > 0.99 && ys[i - 1] > 0.99)) && ys.at(-1) < ys[0],
					),
				};
			},
		},
		{
			id: "sustainable-rate-grows",
			claim:
				"The highest rate without a growing backlog does not fall up to 32 schedulers, and is higher with 32 than with 1",
			published: "a net gain up to 32 (Fig. 9b)",
			label: "shape",
			notInCi: "one rate only",
			measure({ runs }) {
				const points = labels(runs, "schedulers").map((schedulers) => ({
					schedulers,
					most: Number(saturationBracket(pick(runs, { schedulers }), "rate", "saturated.scheduler_batch").last ?? 0),
				}));
				const most = points.map(({ most }) => most);
				return {
					measured: points.map(({ schedulers, most }) => `${schedulers}: ${most}`).join(", "),
					holds: most.length < 2 ? null : rises(most) && most.at(-1) > most[0],
				};
			},
		},
		{
			id: "gain-is-sub-linear",
			claim: "The gain is sub-linear: 32 schedulers spend more time in all than one of them would, per job",
			published: "sub-linear (section 4.3)",
			label: "shape",
			notInCi: "differences of a thousandth",
			measure({ runs }) {
				const rate = labels(runs, "rate")[0];
				const all = (schedulers) => Number(schedulers) * median(pick(runs, { rate, schedulers }), BUSYNESS);
				const counts = labels(runs, "schedulers");
				const extra = all(counts.at(-1)) / all(counts[0]) - 1;
				return {
					measured: `${extra < 0 ? "" : "+"}${text(100 * extra)} % in all at ${rate} times the rate`,
					holds: extra > 0,
				};
			},
		},
	],
};
