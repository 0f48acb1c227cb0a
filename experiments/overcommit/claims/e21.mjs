import { percent, pick, quantile, text } from "../../lib/measure.mjs";

/** What a start takes beside the pull. */
const OTHER_S = 5;

export const e21 = {
	id: "e21",
	name: "e21-startup",
	title: "The start of tasks",
	tables: ["pods"],
	claims: [
		{
			id: "median",
			claim: "Where nobody looks for packages, a task runs 25 s after it was placed, in the median, within 20 %",
			published: "about 25 s (section 3.2)",
			label: "calibrated",
			measure({ runs }) {
				const median = quantile(startsOf(runs, "off"), 0.5);
				return { measured: `${text(median)} s`, holds: Math.abs(median / 25 - 1) <= 0.2 };
			},
		},
		{
			id: "install-share",
			claim: "75 % to 85 % of the time until tasks run is the installation of their packages",
			published: "about 80 % (section 3.2)",
			label: "calibrated",
			measure({ runs }) {
				const starts = startsOf(runs, "off");
				const share = 1 - (OTHER_S * starts.length) / starts.reduce((sum, s) => sum + s, 0);
				return { measured: percent(share), holds: share >= 0.75 && share <= 0.85 };
			},
		},
		{
			id: "locality",
			claim: "To prefer machines that have the package lowers the median by 20 % at least",
			published: "the scheduler prefers such machines (section 3.2); no number: 20 % is our reading",
			label: "shape",
			measure({ runs }) {
				const [off, on] = ["off", "on"].map((locality) => quantile(startsOf(runs, locality), 0.5));
				return { measured: `${text(off)} s to ${text(on)} s`, holds: on <= 0.8 * off };
			},
		},
	],
};

/** Seconds from the binding of a pod until it runs. */
function startsOf(runs, locality) {
	return pick(runs, { locality }).flatMap(({ tables }) => {
		const [bound, started] = ["bound_time_us", "start_time_us"].map((name) => tables.get("pods").get(name));
		return Array.from(started, (us, i) => (us - bound[i]) / 1e6).filter((s) => s >= 0);
	});
}
