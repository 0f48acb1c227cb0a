/** Machines for a day, in a process of its own (`node-day.mjs`). */
import { jsonOf } from "./measure.mjs";

export function* nodeMachine() {
	const { cpuSeconds, maxRssMb } = jsonOf("node", ["test/bench/node-day.mjs"]);
	yield { name: "node.day.cpu_s", value: cpuSeconds, unit: "CPU s" };
	yield { name: "node.day.rss_mb", value: maxRssMb, unit: "MB" };
}
