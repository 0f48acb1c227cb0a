import { curve, labels, median, perCell, percent, pick, seconds, text, valuesOf } from "../../lib/measure.mjs";

const BATCH_WAIT = "job_wait_first_attempt_mean_us.class_batch";
const SERVICE_WAIT = "job_wait_first_attempt_mean_us.class_service";
const upTo10s = (label) => seconds(label) <= 10;

export const e04 = {
	id: "e04",
	name: "e04-shared-state",
	title: "Two schedulers that share the state",
	comparesWith: ["e02"],
	claims: [
		flat("batch-wait-is-flat", "The wait of batch jobs", BATCH_WAIT, "a flat line (Fig. 5c)"),
		flat(
			"batch-busyness-is-flat",
			"The busyness of the batch scheduler",
			"busyness.scheduler_batch",
			"a flat line (Fig. 6c)",
		),
		{
			id: "service-waits-as-multi-path",
			claim: "Service jobs wait at most twice as long as under multi-path, up to t_job of 10 s",
			published: "about as with multi-path (Figs. 5b, 5c); twice is our reading",
			label: "shape",
			notInCi: "a hundred-odd service jobs do not give a mean",
			measure({ runs, others }) {
				const multi = others("e02");
				if (multi === null) return { measured: "-", holds: null, why: "needs the runs of e02" };
				const points = labels(runs, "cell")
					.flatMap((cell) =>
						labels(runs, "tJob")
							.filter(upTo10s)
							.map((tJob) => {
								const [shared, reference] = [runs, multi].map((some) =>
									median(pick(some, { cell, tJob }), SERVICE_WAIT),
								);
								return { at: `${cell}, ${tJob}`, ratio: shared / reference };
							}),
					)
					.filter(({ ratio }) => !Number.isNaN(ratio));
				const most = points.reduce((a, b) => (b.ratio > a.ratio ? b : a));
				return { measured: `${text(most.ratio)} times at most (${most.at})`, holds: most.ratio <= 2 };
			},
		},
		{
			id: "nothing-abandoned",
			claim: "No job is given up",
			published: "all jobs scheduled (section 4.3)",
			label: "shape",
			measure({ runs }) {
				const given = valuesOf(runs, "jobs_abandoned");
				const most = Math.max(...given);
				return { measured: `${most} in any of ${given.length} runs`, holds: most === 0 };
			},
		},
	],
};

function flat(id, what, metric, published) {
	return {
		id,
		claim: `${what} does not depend on t_job of service: within 10 % up to 10 s`,
		published,
		label: "shape",
		measure({ runs }) {
			const cells = labels(runs, "cell").map((cell) => {
				const ys = curve(pick(runs, { cell }), "tJob", metric)
					.filter(({ label }) => upTo10s(label))
					.map(({ y }) => y);
				return { cell, drift: Math.max(...ys) / Math.min(...ys) - 1 };
			});
			return {
				measured: perCell(cells.map(({ cell, drift }) => [cell, percent(drift, 1)])),
				holds: cells.every(({ drift }) => drift <= 0.1),
			};
		},
	};
}
