import { median, percent, pick, quantile, spread, text } from "../../lib/measure.mjs";

const WORK_US = 20 * 60e6;

export const containersVms = {
	id: "containers-vms",
	name: "containers-vms",
	title: "Containers against virtual machines",
	tables: ["pods"],
	claims: [
		{
			id: "longer",
			claim:
				"On machines with CPU to spare, computing takes 2 % longer in a guest, serving I/O 20 %, within a tenth of that",
			published: "put in",
			label: "calibrated",
			measure({ runs }) {
				const [compute, serving] = ["compute", "serving"].map(
					(name) => runTimeUs(pick(runs, { arm: "VMs" }), name) / WORK_US - 1,
				);
				return {
					measured: `compute +${percent(compute, 1)}, serving +${percent(serving, 1)}`,
					holds: Math.abs(compute - 0.02) <= 0.002 && Math.abs(serving - 0.2) <= 0.02,
				};
			},
		},
		{
			id: "fewer-done",
			claim: "Virtual machines get less work done on the same machines",
			published: "our expectation: fewer fit by memory, and each takes longer",
			label: "shape",
			measure({ runs }) {
				const ratios = ratio(runs, "VMs", "containers");
				return { measured: `${spread(ratios)} times as many jobs`, holds: quantile(ratios, 0.5) < 1 };
			},
		},
		{
			id: "containers-overcommit",
			claim: "Containers that use 30 % of their memory can be packed 2.5 times as densely, and nobody is killed",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const ratios = ratio(runs, "containers 2.5x", "containers");
				const killed = kills(runs, "containers 2.5x");
				return {
					measured: `${spread(ratios)} times as many jobs, ${text(killed)} killed`,
					holds: quantile(ratios, 0.5) > 1 && killed === 0,
				};
			},
		},
		{
			id: "guests-do-not",
			claim: "Guests cannot: what they hold is taken, and the host runs out of memory",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const killed = kills(runs, "VMs 2.5x");
				const ratios = ratio(runs, "VMs 2.5x", "VMs");
				return {
					measured: `${text(killed)} killed, ${spread(ratios)} times as many jobs`,
					holds: killed > 0 && quantile(ratios, 0.5) < 1,
				};
			},
		},
		{
			id: "balloons",
			claim:
				"With balloons they can, at no more than the price of their overheads: at least 1 / 1.2 of what containers do",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const arm = "VMs with balloons 2.5x";
				const ratios = ratio(runs, arm, "containers 2.5x");
				const killed = kills(runs, arm);
				return {
					measured: `${spread(ratios)} times as many jobs as in containers, ${text(killed)} killed`,
					holds: killed === 0 && quantile(ratios, 0.5) >= 1 / 1.2,
				};
			},
		},
	],
};

/** Jobs done in one arm over those done in another, seed by seed. */
function ratio(runs, arm, base) {
	return pick(runs, { arm }).map((run) => {
		const [other] = pick(runs, { arm: base }).filter(({ seed }) => seed === run.seed);
		return run.metrics.get("pods_succeeded") / other.metrics.get("pods_succeeded");
	});
}

function kills(runs, arm) {
	return median(pick(runs, { arm }), "container_oom_kills");
}

/** Median over the jobs of a class that have ended. */
function runTimeUs(runs, className) {
	const times = runs.flatMap(({ tables }) => {
		const [classes, starts, ends] = ["class", "start_time_us", "end_time_us"].map((name) =>
			tables.get("pods").get(name),
		);
		return Array.from(ends, (end, i) => (classes[i] === className ? end - starts[i] : Number.NaN));
	});
	return quantile(
		times.filter((us) => us > 0),
		0.5,
	);
}
