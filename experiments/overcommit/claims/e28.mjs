import { labels, median, percent, pick, spread, text, valuesOf } from "../../lib/measure.mjs";

const PREDICTORS = ["borg_default", "rc_like", "n_sigma", "max"];
const OFFERED = "cpu_offered_over_capacity";

export const e28 = {
	id: "e28",
	name: "e28-peak-prediction",
	title: "Overcommit by predicted peaks",
	claims: [
		{
			id: "oracle-saves-most",
			claim: "Open loop: nobody saves more than the oracle, on average over reviews",
			published: "the oracle bounds what is safe",
			label: "shape",
			measure({ runs }) {
				const savings = [...PREDICTORS, "oracle"].map((name) => of(runs, `overcommit_savings.${name}`));
				return {
					measured: named((i) => percent(savings[i]), [...PREDICTORS, "oracle"]),
					holds: savings.every((saving) => saving <= savings.at(-1)),
				};
			},
		},
		{
			id: "max-is-safest",
			claim: "Open loop: max is too low no more often than either of the two that it is the larger of",
			published: "follows from the definition",
			label: "verifies",
			measure({ runs }) {
				const audits = pick(runs, { predictor: "audit" });
				const rate = (name) => (run) => run.metrics.get(`overcommit_violations.${name}`);
				return {
					measured: named((i) => percent(median(audits, rate(PREDICTORS[i])), 1), PREDICTORS),
					holds: audits.every((run) => rate("max")(run) <= Math.min(rate("rc_like")(run), rate("n_sigma")(run))),
				};
			},
		},
		{
			id: "usable-cpu",
			claim: "Closed loop: max makes 5 % to 25 % more CPU usable than no overcommit",
			published: "10 % to 16 % in production (abstract); the range is our reading",
			label: "shape",
			notInCi: "four machines, most of the time without histories",
			measure({ runs }) {
				const offered = valuesOf(pick(runs, { predictor: "max" }), (run) => 100 * (run.metrics.get(OFFERED) - 1));
				const middle = offered.toSorted((a, b) => a - b)[offered.length >> 1];
				return { measured: `+${spread(offered)} %`, holds: middle >= 5 && middle <= 25 };
			},
		},
		{
			id: "oracle-offers-most",
			claim: "Closed loop: the oracle makes most usable, and max less than either of its parts",
			published: "follows from open loop",
			label: "shape",
			measure({ runs }) {
				const names = labels(runs, "predictor").filter((name) => name !== "audit");
				const offered = new Map(names.map((name) => [name, median(pick(runs, { predictor: name }), OFFERED)]));
				const max = offered.get("max");
				return {
					measured: names.map((name) => `${name} ${text(offered.get(name))}`).join(", "),
					holds:
						Math.max(...offered.values()) === offered.get("oracle") &&
						max <= 1.01 * Math.min(offered.get("rc-like"), offered.get("n-sigma")),
				};
			},
		},
		{
			id: "rarely-short",
			claim: "Closed loop with max: in 1 % of the samples of machines or fewer, more CPU is wanted than there is",
			published: "our expectation: safe enough for production",
			label: "shape",
			measure({ runs }) {
				const short = median(pick(runs, { predictor: "max" }), "cpu_violations");
				return { measured: percent(short, 2), holds: short <= 0.01 };
			},
		},
	],
};

function of(runs, metric) {
	return median(pick(runs, { predictor: "audit" }), metric);
}

function named(figure, names) {
	return names.map((name, i) => `${name.replaceAll("_", "-")} ${figure(i)}`).join(", ");
}
