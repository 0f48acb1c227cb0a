import { curve, median, pick, rises, seconds, text } from "../../lib/measure.mjs";

const FRACTION = "conflict_fraction.class_service";
const BUSYNESS = "busyness.scheduler_service";
const USEFUL = "busyness_useful.scheduler_service";
const WAIT = "job_wait_first_attempt_mean_us.class_service";
const FEW =
	"equal nodes and no constraints leave room on nearly every node: the paper calls its own lightweight simulator too kind for the same reason";
const main = (runs) => pick(runs, { tTask: "5ms" });

export const e08 = {
	id: "e08",
	name: "e08-conflicts",
	title: "Conflicts and what they cost",
	claims: [
		{
			id: "conflicts-grow-with-decision-time",
			claim: "The conflict fraction of service jobs grows with t_job, up to saturation",
			published: "grows (Fig. 12b)",
			label: "shape",
			measure({ runs }) {
				const points = unsaturated(runs, FRACTION);
				return {
					measured: points.map(({ label, y }) => `${label} ${text(y)}`).join(", "),
					holds: rises(
						points.map(({ y }) => y),
						{ share: 0.05 },
					),
				};
			},
		},
		{
			id: "conflict-fraction-of-one",
			claim: "It passes 1.0 between 3 s and 30 s",
			published: "at about 10 s (Fig. 12b)",
			label: "shape",
			notInCi: "tasks are smaller at that size, so that fewer claims collide",
			measure({ runs }) {
				const points = curve(main(runs), "tJob", FRACTION);
				const crossing = points.find(({ y }) => y > 1);
				const most = Math.max(...points.map(({ y }) => y));
				const holds = crossing !== undefined && crossing.x > 3 && crossing.x <= 30;
				return {
					measured: crossing === undefined ? `never: ${text(most)} at most` : `by ${crossing.label}`,
					holds,
					...(holds ? {} : { why: FEW }),
				};
			},
		},
		{
			id: "objective-lost-before-saturation",
			claim: "The 30 s objective is lost while the service scheduler is still below a busyness of 1",
			published: "yes (Figs. 12a, 12c)",
			label: "shape",
			notInCi: "a hundred-odd service jobs do not give a mean",
			measure({ runs }) {
				const lost = curve(main(runs), "tJob", WAIT).find(({ y }) => y > 30e6);
				if (lost === undefined) return { measured: "never lost", holds: false };
				const busyness = median(pick(main(runs), { tJob: lost.label }), BUSYNESS);
				return {
					measured: `lost at ${lost.label}, busyness ${text(busyness)}`,
					holds: busyness < 0.99,
					...(busyness < 0.99 ? {} : { why: "no point of the grid lies between" }),
				};
			},
		},
		{
			id: "cost-of-conflicts",
			claim: "At 10 s busyness is more than 1.1 times what it would be without conflicts",
			published: "1.4 times (Fig. 12c)",
			label: "shape",
			notInCi: "tasks are smaller at that size, so that fewer claims collide",
			measure({ runs }) {
				const point = pick(main(runs), { tJob: "10s" });
				const ratio = median(point, BUSYNESS) / median(point, USEFUL);
				return { measured: `${text(ratio)} times`, holds: ratio > 1.1, ...(ratio > 1.1 ? {} : { why: FEW }) };
			},
		},
		{
			id: "long-task-decisions",
			claim: "With t_task of 1 s and t_job of 100 ms the conflict fraction is 0.2 at most",
			published: "0.2 at most (section 5)",
			label: "shape",
			notInCi: "tasks are smaller at that size, so that fewer claims collide",
			measure({ runs }) {
				const fraction = median(pick(runs, { tJob: "100ms", tTask: "1s" }), FRACTION);
				if (Number.isNaN(fraction)) return { measured: "-", holds: null };
				const holds = fraction <= 0.2;
				return {
					measured: text(fraction),
					holds,
					...(holds
						? {}
						: {
								why: "service jobs have 10 tasks on average here: 10 s a decision, and those that claim most take longest",
							}),
				};
			},
		},
	],
};

function unsaturated(runs, metric) {
	const ofMain = main(runs);
	const full = curve(ofMain, "tJob", "saturated.scheduler_service")
		.filter(({ y }) => y > 0)
		.map(({ label }) => seconds(label));
	return curve(ofMain, "tJob", metric).filter(({ x }) => x < Math.min(...full, Number.POSITIVE_INFINITY));
}
