/**
 * FGD on the openb trace: all pods one by one, every node considered, fragmentation measured after each of them, as the published
 * simulator does at 5.5 pods a CPU second. Run as a command it does so once and prints what that cost. Left out where the trace is not there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Cell, SeededRandomSource, Snapshot } from "cellsim";
import { countShapes, typicalPods } from "../../dist/cell/gpu-fragmentation.js";
import { GpuFragmentation } from "../../dist/metrics/gpu-fragmentation.js";
import { writtenShapes } from "../../dist/scheduling/gpu/typical-pods-schema.js";
import { fgdScheduler } from "../../dist/scheduling/schedulers/fgd.js";
import { ImportReport } from "../../dist/workload/arrivals.js";
import { openbFormat } from "../../dist/workload/formats/openb.js";
import { cpuOf, jsonOf, median, ROOT } from "./measure.mjs";

const DATA = join(ROOT, "../shared/reference/openb/data");
const PUBLISHED_PODS_PER_CPU_S = 5.5;

export function* fgd() {
	if (!existsSync(DATA)) return;
	const runs = Array.from({ length: 3 }, () => jsonOf("node", ["test/bench/fgd.mjs"]));
	const rate = median(runs.map(({ pods, decidingCpuSeconds }) => pods / decidingCpuSeconds));
	yield { name: "fgd.openb.cpu_s", value: median(runs.map((run) => run.decidingCpuSeconds)), unit: "CPU s" };
	yield { name: "fgd.openb.process_cpu_s", value: median(runs.map((run) => run.cpuSeconds)), unit: "CPU s" };
	yield { name: "fgd.openb.pods_per_cpu_s", value: rate, unit: "pods/s" };
	yield { name: "fgd.openb.over_published", value: rate / PUBLISHED_PODS_PER_CPU_S, unit: "x" };
}

/** The workload of the study: the pods in an order drawn at random, and copies up to 1.3 times the GPU. */
async function openb() {
	const nodes = "openb_node_list_gpu_node.csv";
	const pods = "openb_pod_list_default.csv";
	const context = { baseDirs: [DATA], random: new SeededRandomSource("42") };
	const open = (params) =>
		openbFormat.create(openbFormat.params.parse({ nodes, pods, replay: "arrivals-only", ...params }), context);
	const trace = open({ order: "shuffled", load: 1.3 });
	const list = await jobsOf(open({}));
	return {
		nodes: await trace.nodes(new ImportReport()),
		jobs: await jobsOf(trace),
		shapes: countShapes(list.map((job) => job.pods[0].spec)),
	};
}

async function jobsOf(trace) {
	const jobs = [];
	for await (const batch of trace.jobs(new ImportReport())) jobs.push(...batch);
	return jobs;
}

function decideAll({ nodes, jobs, shapes }) {
	const cell = new Cell({ nowUs: 0 });
	const measured = new GpuFragmentation(cell, 0, typicalPods(shapes));
	for (const node of nodes) cell.addNode(node);
	const snapshot = Snapshot.inPlace(cell, cell.nodes);
	const scheduler = fgdScheduler.create(fgdScheduler.params.parse({ typicalPods: writtenShapes(shapes) }));
	const random = new SeededRandomSource("1").stream("unused");
	for (const arrival of jobs) {
		const job = cell.submit(arrival);
		const { placements } = scheduler.decide([cell.pod(job.pending[0])], snapshot, random);
		snapshot.end();
		if (placements.length === 0) cell.abandonJob(job);
		else cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "all-or-nothing" });
		measured.attempted();
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const workload = await openb();
	const decidingCpuSeconds = cpuOf(() => decideAll(workload));
	const { user, system } = process.cpuUsage();
	console.log(JSON.stringify({ pods: workload.jobs.length, decidingCpuSeconds, cpuSeconds: (user + system) / 1e6 }));
}
