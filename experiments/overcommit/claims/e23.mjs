import { percent, text } from "../../lib/measure.mjs";

/** CPI of a task that has its machine for itself, in the regression. */
const ALONE = 1.53;
const WORK_US = 30 * 60e6;
/** Standard deviation of the CPI of tasks in shared cells. */
const PUBLISHED_DEVIATION = 0.35;

export const e23 = {
	id: "e23",
	name: "e23-interference",
	title: "Interference: cycles per instruction",
	tables: ["pods", "nodes"],
	claims: [
		{
			id: "coefficients",
			claim: "Least squares over the tables give back the coefficients of the model, within 2 %",
			published: "+0.3 % a task, less than +2 % for 10 % of CPU (section 5.2)",
			label: "calibrated",
			measure({ runs }) {
				const [alone, perTask, perUse] = regression(runs);
				return {
					measured: `CPI ${text(alone)}, +${percent(perTask / ALONE, 2)} a task, +${percent(perUse / ALONE / 10, 2)} for 10 % of CPU`,
					holds: near(alone, ALONE) && near(perTask / ALONE, 0.003) && near(perUse / ALONE, 0.2),
				};
			},
		},
		{
			id: "explained",
			claim: "With the published spread, tasks and CPU explain 3 % to 8 % of the variance of CPI",
			published: "5 % (section 5.2)",
			label: "calibrated",
			notAsserted: "the spread of machines is our choice",
			measure({ runs }) {
				const all = observations(runs).map(({ cpi }) => cpi);
				const mean = all.reduce((sum, cpi) => sum + cpi, 0) / all.length;
				const variance = all.reduce((sum, cpi) => sum + (cpi - mean) ** 2, 0) / all.length;
				return { measured: percent(variance / PUBLISHED_DEVIATION ** 2, 1), holds: null };
			},
		},
	],
};

function near(value, wanted) {
	return Math.abs(value / wanted - 1) <= 0.02;
}

/** One a probe: its CPI, the other tasks of its machine, and the share of its CPU that is in use while the probe runs. */
function observations(runs) {
	return runs.flatMap(({ tables }) => {
		const [pods, nodes] = ["pods", "nodes"].map((name) => tables.get(name));
		const machines = new Map();
		// The sample at 10 minutes, when all probes run.
		Array.from(nodes.get("time_us")).forEach((timeUs, i) => {
			if (Number(timeUs) !== 10 * 60e6) return;
			const use = Number(nodes.get("cpu_requested_milli")[i]) / Number(nodes.get("cpu_allocatable_milli")[i]);
			machines.set(nodes.get("node")[i], { others: nodes.get("pods")[i] - 1, use });
		});
		return Array.from(pods.get("name"), (name, i) => {
			if (!name.startsWith("probe-") || !(pods.get("end_time_us")[i] > 0)) return null;
			const ranUs = Number(pods.get("end_time_us")[i]) - Number(pods.get("start_time_us")[i]);
			return { cpi: (ALONE * ranUs) / WORK_US, ...machines.get(pods.get("node")[i]) };
		}).filter((observation) => observation !== null);
	});
}

/** Least squares of CPI over 1, other tasks and CPU use, by the normal equations. */
function regression(runs) {
	const rows = observations(runs).map(({ cpi, others, use }) => ({ x: [1, others, use], y: cpi }));
	const size = 3;
	const system = Array.from({ length: size }, (_, i) => [
		...Array.from({ length: size }, (_, j) => rows.reduce((sum, { x }) => sum + x[i] * x[j], 0)),
		rows.reduce((sum, { x, y }) => sum + x[i] * y, 0),
	]);
	for (let i = 0; i < size; i++)
		for (let k = 0; k < size; k++) {
			if (k === i) continue;
			const factor = system[k][i] / system[i][i];
			for (let j = i; j <= size; j++) system[k][j] -= factor * system[i][j];
		}
	return system.map((row, i) => row[size] / row[i]);
}
