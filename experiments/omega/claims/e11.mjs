import { labels, median, percent, pick, text } from "../../lib/measure.mjs";

const at = (runs, cell, elastic, metric) => median(pick(runs, { cell, elastic }), metric);

export const e11 = {
	id: "e11",
	name: "e11-mapreduce",
	title: "Elastic MapReduce jobs",
	claims: [
		{
			id: "share-sped-up",
			claim: "50 to 70 % of the MapReduce jobs gain with max-parallelism (within 15 points)",
			published: "50 to 70 % (Fig. 15)",
			label: "shape",
			notInCi: "differs from the paper; the table says why",
			measure({ runs }) {
				const shares = labels(runs, "cell").map((cell) => [
					cell,
					at(runs, cell, "max-parallelism", "elastic_jobs_sped_up"),
				]);
				const holds = shares.every(([, share]) => share >= 0.35 && share <= 0.85);
				return {
					measured: shares.map(([cell, share]) => `${cell} ${percent(share)}`).join(", "),
					holds,
					...(holds
						? {}
						: {
								why: "how many workers a job can use is a guess (activityRatio, 10 times in the median): nearly every job can use more",
							}),
				};
			},
		},
		{
			id: "speed-up-at-p80",
			claim: "With max-parallelism the speed-up at p80 is 3 to 4 (2.5 to 5 accepted)",
			published: "3 to 4 (Fig. 15)",
			label: "shape",
			notInCi: "differs from the paper; the table says why",
			measure({ runs }) {
				const found = labels(runs, "cell").map((cell) => [cell, at(runs, cell, "max-parallelism", "speed_up_p80")]);
				const holds = found.every(([, speedUp]) => speedUp >= 2.5 && speedUp <= 5);
				return {
					measured: found.map(([cell, speedUp]) => `${cell} ${text(speedUp)}`).join(", "),
					holds,
					...(holds ? {} : { why: "where there is room, the speed-up is the guessed activityRatio" }),
				};
			},
		},
		{
			id: "relative-size-is-capped",
			claim: "relative-size speeds up 4 times at most, and max-parallelism no less than it at p80",
			published: "4 times at most (section 6.1); the lines' order (Fig. 15)",
			label: "verifies",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => ({
					cell,
					relative: ["p80", "p90"].map((q) => at(runs, cell, "relative-size", `speed_up_${q}`)),
					most: at(runs, cell, "max-parallelism", "speed_up_p80"),
				}));
				return {
					measured: cells
						.map(
							({ cell, relative: [p80, p90], most }) =>
								`${cell}: p80 ${text(p80)}, p90 ${text(p90)}, max-parallelism p80 ${text(most)}`,
						)
						.join("; "),
					holds: cells.every(({ relative: [p80, p90], most }) => p90 <= 4 && most >= p80),
				};
			},
		},
		{
			id: "cap-helps-d-only",
			claim:
				"global-cap (60 %) gains nothing in C, and is almost max-parallelism in D: less than a tenth of the jobs; p80 within 20 %",
			published: "helps in D only (Fig. 15)",
			label: "shape",
			measure({ runs }) {
				const c = at(runs, "C", "global-cap", "elastic_jobs_sped_up");
				const [cap, most] = ["global-cap", "max-parallelism"].map((policy) => at(runs, "D", policy, "speed_up_p80"));
				return {
					measured: `C ${percent(c)} of the jobs; D p80 ${text(cap)} against ${text(most)}`,
					holds: c < 0.1 && cap > 0.8 * most,
				};
			},
		},
		{
			id: "utilisation-varies-more",
			claim: "The utilisation of C varies more with max-parallelism",
			published: "variance rises (Fig. 16)",
			label: "shape",
			measure({ runs }) {
				const [plain, most] = ["none", "max-parallelism"].map((policy) =>
					at(runs, "C", policy, "cpu_utilization_stddev"),
				);
				return { measured: `standard deviation ${text(plain)} to ${text(most)}`, holds: most > plain };
			},
		},
	],
};
