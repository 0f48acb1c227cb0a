import { labels, pick, valuesOf } from "../../lib/measure.mjs";

export const e07 = {
	id: "e07",
	name: "e07-decision-time-surface",
	title: "Both decision times of service jobs",
	claims: [
		contains("shared-state-within-multi-path", "multi-path", "shared-state", "≈ multi-path (Fig. 10)", false),
		contains("multi-path-within-single-path", "single-path", "multi-path", "single-path is worst (Fig. 10)", true),
		{
			...contains(
				"single-path-within-two-level",
				"two-level",
				"single-path",
				"unscheduled work over much of the plane (Fig. 10)",
				true,
			),
			notInCi: "differs from the paper; the table says why",
		},
	],
};

/** Whether work is left unscheduled wherever it is with another scheme, and, if `strictly`, elsewhere too. */
function contains(id, outer, inner, published, strictly) {
	return {
		id,
		claim: `${capital(outer)} leaves work unscheduled wherever ${inner} does${strictly ? ", and at more points" : ""}`,
		published,
		label: "shape",
		measure({ runs }) {
			const points = labels(runs, "tJob").flatMap((tJob) => labels(runs, "tTask").map((tTask) => ({ tJob, tTask })));
			const [large, small] = [outer, inner].map((scheme) =>
				points.filter((point) =>
					valuesOf(pick(runs, { scheme, ...point }), "saturated").some((verdict) => verdict === 1),
				),
			);
			const outside = small.filter((point) => !large.includes(point));
			const holds = outside.length === 0 && (!strictly || large.length > small.length);
			return {
				measured: `${outer} ${large.length}, ${inner} ${small.length} of ${points.length} points`,
				holds,
				...(holds
					? {}
					: {
							why:
								outside.length === 0
									? "the regions are the same"
									: `only ${inner}: ${outside.map(({ tJob, tTask }) => `${tJob} + ${tTask}`).join(", ")}`,
						}),
			};
		},
	};
}

function capital(word) {
	return word[0].toUpperCase() + word.slice(1);
}
