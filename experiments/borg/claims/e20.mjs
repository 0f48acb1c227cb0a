import { labels, median, percent, pick, quantile, text } from "../../lib/measure.mjs";
import { overCells, overheads } from "./compacted.mjs";

/** Seconds of 3 days: at least that long the whole cell took without the three. */
const WITHOUT_S = 3 * 86_400;
/** Tasks that arrive in half a second at 10,000 a minute, which several cells exceed (section 1 of the paper). */
const TASKS_OF_A_PASS = 10_000 / 60 / 2;

const ALL = { caching: true, classes: true, randomization: true };
const NONE = { caching: false, classes: false, randomization: false };
const SCRATCH = { asked: 0.9, online: 0, again: "24h" };

const feasibility = (run) => run.metrics.get("feasibility_evaluations");
const looks = (run) => feasibility(run) + run.metrics.get("score_evaluations");

/** What the speed-ups of a combination are called. */
function named(choice) {
	const on = Object.keys(choice).filter((name) => choice[name]);
	return on.length === 0 ? "none" : on.length === 3 ? "all" : on.join(" and ");
}

function combinations() {
	const both = [false, true];
	return both.flatMap((caching) =>
		both.flatMap((classes) => both.map((randomization) => ({ caching, classes, randomization }))),
	);
}

/** Tasks that found a machine. */
function placed(runs) {
	return median(runs, (run) => run.metrics.get("pods_submitted") - run.metrics.get("pods_unscheduled"));
}

/** Seconds that one task on one machine is worth, if all of them come to 3 days. */
function secondsOfALook(runs) {
	return WITHOUT_S / median(pick(runs, { ...NONE, ...SCRATCH }), feasibility);
}

export const e20Packing = {
	id: "e20-packing",
	name: "e20-packing",
	title: "What the speed-ups cost in machines",
	claims: [
		{
			id: "packing-loss",
			claim: "All three together need at most 2 % more machines than none",
			published: "not said; 2 % is our reading",
			label: "shape",
			measure({ runs }) {
				const more = overheads(runs, { randomization: false }, { randomization: true });
				return { measured: overCells(more), holds: quantile(more, 0.5) <= 0.02 };
			},
		},
	],
};

export const e20 = {
	id: "e20",
	name: "e20-speed-ups",
	title: "Score caching, equivalence classes, relaxed randomization",
	claims: [
		{
			id: "looks",
			claim: "From scratch, at least 500 times fewer looks with all three than with none",
			published: "a few hundred seconds with, more than 3 days without (section 3.4): 600 times and more",
			label: "calibrated",
			notInCi: "a fortieth of the machines: with none, a fortieth of the looks for each task",
			measure({ runs }) {
				const scratch = pick(runs, SCRATCH);
				const [none, all] = [NONE, ALL].map((choice) => median(pick(scratch, choice), looks));
				return {
					measured: `${text(none / all)} times: ${text(none / 1e6)} M to ${text(all / 1e6)} M`,
					holds: none / all >= 500,
				};
			},
		},
		{
			id: "each-saves",
			claim:
				"Each of the three saves looks: classes and randomization on top of the others from scratch, kept scores where tasks that found no machine are tried again",
			published: "they are named as three (section 3.4)",
			label: "shape",
			measure({ runs }) {
				const scratch = pick(runs, SCRATCH);
				const of = (choice) => median(pick(scratch, choice), looks);
				const again = (caching) => median(pick(runs, { caching, again: "1m" }), looks);
				const table = combinations().map((choice) => `${named(choice)} ${text(of(choice) / 1e6)} M`);
				return {
					measured: `${table.join(", ")}; tried again ${text(again(false) / 1e6)} M without and ${text(again(true) / 1e6)} M with kept scores`,
					holds:
						of({ ...ALL, classes: false }) > of(ALL) &&
						of({ ...ALL, randomization: false }) > of(ALL) &&
						again(false) > again(true),
				};
			},
		},
		{
			id: "naive",
			claim: "With none, every task is looked at on every machine: tasks x machines feasibility evaluations",
			published: "by definition",
			label: "verifies",
			measure({ runs }) {
				const [run] = pick(runs, { ...NONE, ...SCRATCH });
				const tasks = run.metrics.get("pods_submitted");
				const machines = feasibility(run) / tasks;
				return {
					measured: `${text(feasibility(run))} = ${tasks} x ${machines}`,
					holds: Number.isInteger(machines) && run.metrics.get("pods_unscheduled") === 0,
				};
			},
		},
		{
			id: "full-cell",
			claim: "Where more is asked for than fits, all three together place at most 2 % less CPU than none",
			published: "not said; 2 % is our reading",
			label: "calibrated",
			measure({ runs }) {
				const [none, all] = [NONE, ALL].map((choice) => pick(runs, { ...choice, asked: 1.1 }));
				const [cpu, memory] = ["cpu_allocation", "memory_allocation"].map((metric) => ({
					metric,
					less: 1 - median(all, metric) / median(none, metric),
				}));
				const pods = 1 - placed(all) / placed(none);
				return {
					measured: `CPU ${percent(cpu.less, 1)}, memory ${percent(memory.less, 1)}, tasks ${percent(pods, 1)} less`,
					holds: cpu.less <= 0.02,
				};
			},
		},
		{
			id: "from-scratch",
			claim: "If a look is worth what makes 3 days without the three, a cell from scratch takes a few hundred seconds",
			published: "a few hundred seconds (section 3.4); 100 to 1,000 s accepted",
			label: "calibrated",
			notInCi: "a fortieth of the machines",
			measure({ runs }) {
				const all = median(pick(runs, { ...ALL, ...SCRATCH }), feasibility) * secondsOfALook(runs);
				return { measured: `${text(all)} s`, holds: all >= 100 && all <= 1000 };
			},
		},
		{
			id: "online-pass",
			claim: "At the same price, a pass over what arrives in half a second takes less than half a second",
			published: "less than half a second (section 3.4); 10,000 arrivals a minute",
			label: "calibrated",
			notInCi: "a fortieth of the machines",
			measure({ runs }) {
				const one = (metric, online) => median(pick(runs, { ...ALL, asked: 0.9, online }), metric);
				const online = labels(pick(runs, { asked: 0.9 }), "online").find((count) => count !== "0");
				const tasks = one("pods_submitted", online) - one("pods_submitted", 0);
				const perTask = (one(feasibility, online) - one(feasibility, 0)) / tasks;
				const pass = perTask * TASKS_OF_A_PASS * secondsOfALook(runs);
				return {
					measured: `${text(pass)} s: ${text(TASKS_OF_A_PASS)} tasks, ${text(perTask)} looks each`,
					holds: pass < 0.5,
				};
			},
		},
	],
};
