/**
 * The Omega paper's simulator's own job lists and prefill through the library: construct, prefill, run; nothing is written.
 *
 *     node test/bench/omega-run.mjs CELL ARCH [--service 1] [--warm 3] [--runs 5]
 *
 * CELL is big10k, mid1000, ...; ARCH is monolithic, omega-fine-incr, omega-coarse-gang, two-level. Reading the lists is not counted.
 * Prints one line of JSON, medians of the runs: cpuSeconds, user and system of this process with all its threads; mainThreadSeconds,
 * those of the thread that simulates, without the compiler's and the collector's helpers (null where there is no /proc); and coldSeconds,
 * the process' of the first run.
 */

import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { architectures, PLAIN_FACTS, SeededRandomSource, Simulation, schedulers } from "cellsim";
import { median, ROOT } from "./measure.mjs";
import { podOf } from "./pods.mjs";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		service: { type: "string", default: "1" },
		warm: { type: "string", default: "3" },
		runs: { type: "string", default: "5" },
	},
});
const [cellName, arch] = positionals;
const FOLDER = join(ROOT, "../shared/reference/omega");
const SECOND = 1e6;
const GIB = 2 ** 30;
/** Nanoseconds on a CPU, and more. */
const MAIN_THREAD = `/proc/self/task/${process.pid}/schedstat`;

const { cells } = JSON.parse(readFileSync(join(FOLDER, "cells.json"), "utf8"));
const cell = cells.find(({ name }) => name === cellName);
const specs = new Map();
const arrivals = rows(`jobs/${cellName}-s1.csv.gz`)
	.map(([id, workload, submitted, tasks, duration, cpus, mem]) =>
		jobOf(`job-${id}`, workload, Number(submitted), Number(tasks), Number(duration), cpus, mem),
	)
	.sort((a, b) => a.timeUs - b.timeUs);
const prefill = prefilled(rows(`prefill/${cellName}-s1-claims.csv.gz`));
const nodes = Array.from({ length: cell.machines }, (_, i) => ({
	name: `m${i}`,
	labels: {},
	taints: [],
	unschedulable: false,
	allocatable: { cpu: cell.cpus * 1000, memory: cell.mem * GIB, pods: 1000 },
	gpu: null,
}));

const seconds = [];
const mainSeconds = [];
for (let i = 0; i < Number(values.warm) + Number(values.runs); i++) {
	const mainBefore = await mainThreadSeconds();
	const before = process.cpuUsage();
	await simulationOf(arch).run();
	const { user, system } = process.cpuUsage(before);
	seconds.push((user + system) / 1e6);
	mainSeconds.push((await mainThreadSeconds()) - mainBefore);
}
const warm = Number(values.warm);
console.log(
	JSON.stringify({
		cpuSeconds: median(seconds.slice(warm)),
		mainThreadSeconds: existsSync(MAIN_THREAD) ? median(mainSeconds.slice(warm)) : null,
		coldSeconds: seconds[0],
	}),
);

/** Read by another thread: the kernel's count is exact while this one waits. */
async function mainThreadSeconds() {
	if (!existsSync(MAIN_THREAD)) return Number.NaN;
	return Number((await readFile(MAIN_THREAD, "utf8")).split(" ")[0]) / 1e9;
}

function simulationOf(name) {
	const byClass = new Map([
		["Batch", { perJobUs: 0.1 * SECOND, perPodUs: 5000 }],
		["Service", { perJobUs: Number(values.service) * SECOND, perPodUs: 5000 }],
	]);
	const entry = (entryName, classes) => ({
		name: entryName,
		classes,
		scheduler: schedulers.all.get("random-fit").create({ order: "fresh" }),
		decisionTime: { perJobUs: 0, perPodUs: 0, byClass },
	});
	return new Simulation({
		random: new SeededRandomSource("1"),
		nodes,
		arrivals: [arrivals],
		prefill,
		architecture: architectureOf(name),
		schedulers:
			name === "monolithic" ? [entry("main", null)] : [entry("batch", ["Batch"]), entry("service", ["Service"])],
		queue: {
			discipline: "skip",
			backoff: { initialUs: 0, maxUs: 0 },
			retry: { place: "tail", afterConflictUs: SECOND, afterNoRoomUs: SECOND },
			giveUp: { attempts: 1000, vainAttempts: 100 },
		},
		startDelayUs: null,
		onLoss: "fail",
		faults: [],
		endUs: cell.runTime * SECOND,
		observers: [],
	});
}

function architectureOf(name) {
	const omega = /^omega-(fine|coarse)-(incr|gang)$/.exec(name);
	const definition = architectures.all.get(omega ? "shared-state" : name);
	const params = omega
		? {
				conflict: omega[1] === "fine" ? "fit" : "node-version",
				atomicity: omega[2] === "incr" ? "incremental" : "all-or-nothing",
			}
		: name === "two-level"
			? { minimumOffer: { cpu: "100" } }
			: {};
	return (context) => definition.create(definition.params?.parse(params), context);
}

function rows(file) {
	const text = gunzipSync(readFileSync(join(FOLDER, file))).toString("utf8");
	return text
		.trimEnd()
		.split("\n")
		.slice(1)
		.map((line) => line.split(","));
}

function specOf(className, cpus, mem) {
	const key = `${className}/${cpus}/${mem}`;
	if (!specs.has(key)) {
		const requests = { cpu: Math.round(cpus * 1000), memory: Math.round(mem * GIB) };
		specs.set(key, { facts: { ...PLAIN_FACTS, className }, requests, gpu: null });
	}
	return specs.get(key);
}

function jobOf(name, className, atSeconds, tasks, duration, cpus, mem) {
	const pod = podOf(specOf(className, cpus, mem), Math.round(duration * SECOND));
	return { timeUs: Math.round(atSeconds * SECOND), name, pods: new Array(tasks).fill(pod), gang: false };
}

/** Claims of one shape and end in a row are one job. */
function prefilled(claims) {
	const jobs = [];
	let last = "";
	for (const [machine, cpus, mem, endTime] of claims) {
		const key = `${cpus}/${mem}/${endTime}`;
		if (key !== last) jobs.push({ cpus, mem, endTime, nodes: [] });
		last = key;
		jobs.at(-1).nodes.push(Number(machine));
	}
	return jobs.map(({ cpus, mem, endTime, nodes: on }) => ({
		job: jobOf("prefill", "Prefill", 0, on.length, Number(endTime), cpus, mem),
		nodes: on,
	}));
}
