/**
 * The control plane of Kubernetes: a week of a cell that is rolled out and scaled all the time; and what a rollout costs where ten times
 * as many Deployments stand still beside those that change. Each run is a process of its own.
 */
import { jsonOf, medianOf } from "./measure.mjs";

const CELL = "test/bench/control-cell.mjs";
/** Room for new objects as the workers of `cellsim run` have it (`experiment/worker-pool.ts`), a third of it for each semi-space. */
const AS_WORKERS = ["--max-semi-space-size=64"];
/** 30 Deployments of 20 pods, rolled out once a day for a week; nothing else happens. */
const CHANGES = ["--deployments", "30", "--pods", "20", "--nodes", "500", "--no-scaled", "--no-failures"];
/** Deployments of 20 pods that stand still beside them. */
const [FEW, MANY] = [30, 300];

export function* control() {
	const week = jsonOf("node", [...AS_WORKERS, CELL]);
	yield { name: "control.week.cpu_s", value: week.cpuSeconds, unit: "CPU s" };
	yield { name: "control.week.wall_s", value: week.wallSeconds, unit: "s" };
	yield { name: "control.week.max_rss_mb", value: week.maxRssMb, unit: "MB" };
	yield { name: "control.week.events", value: week.events / 1e6, unit: "M events" };
	yield { name: "control.week.pods", value: week.pods, unit: "pods" };
	yield { name: "control.week.rescales", value: week.rescales, unit: "rescales" };
	yield { name: "control.week.machine_failures", value: week.machine_failures, unit: "failures" };
	const [few, many] = [FEW, MANY].map((idle) =>
		medianOf(3, "node", [...AS_WORKERS, CELL, ...CHANGES, "--idle", String(idle)], costOfRollouts),
	);
	yield { name: `control.rollouts.idle-${FEW}.us_per_pod`, value: few, unit: "us" };
	yield { name: `control.rollouts.idle-${MANY}.us_per_pod`, value: many, unit: "us" };
	yield { name: "control.rollouts.growth", value: many / few, unit: "x" };
}

/** CPU microseconds for a pod that is replaced. */
function costOfRollouts({ rollouts }) {
	return (1e6 * rollouts.cpuSeconds) / rollouts.pods;
}
