/**
 * `npm run bench:record`: runs every bench and writes the figures into README.md beside this file, with the machine. The goals are
 * those that cellsim set itself; a figure that misses its goal says so.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { BENCHES } from "./benches.mjs";

const GOALS = {
	"queue.100000.ladder_over_objects": [">=", 3],
	"queue.1000000.ladder_over_objects": [">=", 3],
	"simulation.100000.plain.cpu_s": ["<=", 0.35],
	"simulation.100000.tables.cpu_s": ["<=", 0.8],
	"simulation.1000000.plain.cpu_s": ["<=", 3],
	"openb.best-fit.cpu_s": ["<=", 1],
	"fgd.openb.cpu_s": ["<=", 1],
	"borg.scratch_s": ["<=", 10],
	"borg.online_pass_ms": ["<=", 20],
	"memory.10000000.max_rss_mb": ["<=", 500],
	"help.wall_ms": ["<=", 150],
	"omega.big10k.monolithic.over_warm_jvm": ["<=", 1],
	"omega.big10k.monolithic.process_over_warm_jvm": ["<=", 1],
	"omega.big10k.omega-fine-incr.over_warm_jvm": ["<=", 1],
	"omega.big10k.omega-fine-incr.process_over_warm_jvm": ["<=", 1],
	"omega.big10k.omega-coarse-gang.over_warm_jvm": ["<=", 1],
	"omega.big10k.omega-coarse-gang.process_over_warm_jvm": ["<=", 1],
	"omega.big10k.two-level.over_warm_jvm": ["<=", 0.1],
	"omega.big10k.two-level.process_over_warm_jvm": ["<=", 0.1],
	"omega.big10k.monolithic.over_cold_jvm": ["<=", 0.5],
	"omega.big10k.omega-fine-incr.over_cold_jvm": ["<=", 0.5],
	"omega.big10k.two-level.over_cold_jvm": ["<=", 0.5],
	"omega.day-of-B.wall_s": ["<=", 60],
	"kube.5000.every.plain.pods_per_s": [">=", 10000],
	"kube.5000.every.spread.pods_per_s": [">=", 3000],
	"kube.5000.every.antiaffinity.pods_per_s": [">=", 2000],
	"kube.5000.every.preempt.pods_per_s": [">=", 1000],
	"kube.1000.every.plain.pods_per_s": [">=", 20000],
	"control.week.cpu_s": ["<=", 60],
	"control.rollouts.growth": ["<=", 1.2],
	"node.division.50.us": ["<=", 5],
	"node.day.cpu_s": ["<=", 60],
	"node.day.rss_mb": ["<=", 1000],
};

const rows = [];
for (const bench of Object.values(BENCHES)) {
	for await (const { name, value, unit } of bench()) {
		const goal = GOALS[name];
		const met =
			goal === undefined ? "" : (goal[0] === ">=" ? value >= goal[1] : value <= goal[1]) ? "met" : "**missed**";
		rows.push(
			`| ${name} | ${Number(value.toPrecision(3))} | ${unit} | ${goal === undefined ? "" : `${goal.join(" ")}`} | ${met} |`,
		);
		console.error(rows.at(-1));
	}
}
const machine = `${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`;
const table = ["| figure | value | unit | goal | |", "|---|---:|---|---|---|", ...rows].join("\n");
const file = fileURLToPath(new URL("README.md", import.meta.url));
const text = readFileSync(file, "utf8");
writeFileSync(
	file,
	text.replace(
		/<!-- generated -->[\s\S]*<!-- \/generated -->/,
		`<!-- generated -->\n${machine}, shared with other work while measuring.\n\n${table}\n<!-- /generated -->`,
	),
);
