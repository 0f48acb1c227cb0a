/**
 * The Borg scheduler on a synthetic cell of 10,000 machines and about 112,000 tasks, with hybrid scoring and the three speed-ups: the whole
 * cell from scratch, job by job, decisions and commits; then passes over a pending queue of 100 jobs that have just come, as many tasks
 * having ended since, and 10 jobs that fit nowhere.
 */
import { Cell, SeededRandomSource, Snapshot, schedulers } from "cellsim";
import { borgCell } from "../../dist/workload/synthetic/borg-cell.js";
import { cpuOf, median } from "./measure.mjs";

const CELL = { machines: 10_000, seed: "1", allocation: 0.9, tasksPerMachine: 7, users: 100 };
const PASSES = 30;
const ARRIVALS = 100;
const STUCK = 10;

export function* borg() {
	const cluster = new Cluster(borgCell(CELL));
	const scratch = cpuOf(() => cluster.pass());
	const { feasibilityEvaluations, scoreEvaluations } = cluster.scheduler.work;
	yield { name: "borg.scratch_s", value: scratch, unit: "s" };
	yield { name: "borg.scratch.looks", value: feasibilityEvaluations + scoreEvaluations, unit: "evaluations" };
	for (let i = 0; i < STUCK; i++) cluster.submitTooLarge(i);
	const times = Array.from({ length: PASSES }, () => {
		cluster.churn();
		return cpuOf(() => cluster.pass()) * 1000;
	});
	yield { name: "borg.online_pass_ms", value: median(times), unit: "ms" };
	yield { name: "borg.online_pass_worst_ms", value: Math.max(...times), unit: "ms" };
}

class Cluster {
	cell = new Cell({ nowUs: 0 });
	scheduler = schedulers.all.get("borg").create(schedulers.all.get("borg").params.parse({}));
	random = new SeededRandomSource("1").stream("bench/borg");
	snapshot = Snapshot.inPlace(this.cell, this.cell.nodes);
	pending = [];
	placed = [];

	constructor({ nodes, jobs }) {
		for (const node of nodes) this.cell.addNode(node);
		this.arrivals = jobs;
		for (const job of jobs) this.pending.push(this.cell.submit(job));
	}

	/** A job of one task that asks for all memory there is on a machine, and a little more. */
	submitTooLarge(number) {
		const [{ pods }] = this.arrivals;
		const { spec } = pods[0];
		const requests = { cpu: 1000 + number, memory: this.cell.nodes.largest[1] + 1 };
		this.pending.push(
			this.cell.submit({
				...this.arrivals[0],
				name: `stuck-${number}`,
				pods: [{ ...pods[0], spec: { ...spec, requests } }],
			}),
		);
	}

	/** As many tasks end as come. */
	churn() {
		for (let i = 0; i < ARRIVALS; i++) {
			const arrival = this.arrivals[this.random.integer(this.arrivals.length)];
			this.pending.push(
				this.cell.submit({ ...arrival, name: `new-${this.cell.jobsSubmitted}`, pods: arrival.pods.slice(0, 1) }),
			);
			const [last] = [this.placed.pop()];
			const at = this.random.integer(this.placed.length);
			this.cell.endPod(this.placed[at], "succeeded");
			this.placed[at] = last;
		}
	}

	/** Decides on everything that waits, highest priority first, and commits it. */
	pass() {
		this.pending.sort((a, b) => b.priority - a.priority || a.ordinal - b.ordinal);
		for (const job of this.pending) {
			const pods = job.pending.map((pod) => this.cell.pod(pod));
			const { placements, preemptions } = this.scheduler.decide(pods, this.snapshot, this.random);
			this.snapshot.end();
			this.cell.commit({ placements, preemptions, conflictRule: "fit", atomicity: "incremental" });
			for (const { pod } of placements) this.placed.push(pod);
		}
		this.pending = this.pending.filter(({ pending }) => pending.length > 0);
	}
}
