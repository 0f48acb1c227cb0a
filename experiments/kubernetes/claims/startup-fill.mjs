import { labels, pick, quantile, rises, text } from "../../lib/measure.mjs";

/** Seconds at the 50th, 90th and 99th percentile by fill (Kubernetes blog, September 2015). */
const PUBLISHED = { 0.1: [0.9, 1.29, 1.59], 0.25: [1.08, 1.49, 1.86], 0.5: [1.33, 1.72, 2.56], 1: [1.94, 2.5, 4.32] };
/** The pods that are there come in the first 15 s. */
const SETTLED_S = 20;

export const startupFill = {
	id: "startup-fill",
	name: "startup-fill",
	title: "E31: start-up by fill",
	tables: ["pods"],
	claims: [
		{
			id: "medians",
			claim: "Medians of 0.90 s at 10 % and 1.94 s at 100 %, within 10 %",
			published: "0.90 s and 1.94 s",
			label: "calibrated",
			measure({ runs }) {
				const [empty, full] = ["0.1", "1"].map((fill) => quantile(starts(runs, fill), 0.5));
				return {
					measured: `${text(empty)} s, ${text(full)} s`,
					holds: Math.abs(empty / 0.9 - 1) <= 0.1 && Math.abs(full / 1.94 - 1) <= 0.1,
				};
			},
		},
		{
			id: "rises",
			claim: "At each percentile the start takes longer the fuller the nodes are",
			published: "p99: 1.59, 1.86, 2.56, 4.32 s at 10, 25, 50 and 100 %",
			label: "shape",
			measure({ runs }) {
				const rows = labels(runs, "fill").map((fill) => [0.5, 0.9, 0.99].map((q) => quantile(starts(runs, fill), q)));
				return {
					measured: `p99: ${rows.map((row) => text(row[2])).join(", ")} s`,
					holds: [0, 1, 2].every((q) => rises(rows.map((row) => row[q]))),
				};
			},
		},
		{
			id: "between",
			claim: "The figures that nothing was tuned on are within 25 % of the published ones",
			published: "nine figures, 1.08 s to 4.32 s",
			label: "shape",
			measure({ runs }) {
				const errors = Object.entries(PUBLISHED).flatMap(([fill, figures]) =>
					figures.map((published, i) => ({
						name: `p${[50, 90, 99][i]} at ${100 * fill} %`,
						error: quantile(starts(runs, fill), [0.5, 0.9, 0.99][i]) / published - 1,
					})),
				);
				const tuned = ["p50 at 10 %", "p99 at 10 %", "p50 at 100 %"];
				const free = errors.filter(({ name }) => !tuned.includes(name));
				const worst = free.reduce((a, b) => (Math.abs(b.error) > Math.abs(a.error) ? b : a));
				return {
					measured: `worst: ${worst.name}, ${(100 * worst.error).toFixed(0)} %`,
					holds: free.every(({ error }) => Math.abs(error) <= 0.25),
				};
			},
		},
	],
};

/** Seconds from the submission of a pod to the end of its start, over the seeds. */
function starts(runs, fill) {
	return pick(runs, { fill }).flatMap(({ tables }) => {
		const [submitted, ended] = ["submit_time_us", "end_time_us"].map((name) => tables.get("pods").get(name));
		return Array.from(submitted, (us, i) =>
			us >= SETTLED_S * 1e6 ? (Number(ended[i]) - Number(us)) / 1e6 : -1,
		).filter((s) => s > 0);
	});
}
