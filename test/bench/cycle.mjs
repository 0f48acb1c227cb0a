/** One scheduling decision of a single pod, on half-full cells of 1,000 and 10,000 nodes, by scheduler. */
import { Cell, PLAIN_FACTS, SeededRandomSource, Snapshot, schedulers } from "cellsim";
import { cpuOf, median } from "./measure.mjs";
import { podOf } from "./pods.mjs";

const GIB = 2 ** 30;

export function* cycle() {
	for (const nodes of [1_000, 10_000]) {
		for (const name of ["first-fit", "random-fit", "best-fit", "least-allocated"]) {
			const rates = Array.from({ length: 3 }, () => decisions(name, nodes));
			yield { name: `cycle.${nodes}.${name}.decisions_per_s`, value: median(rates), unit: "1/s" };
		}
	}
}

function decisions(name, nodeCount) {
	const cell = new Cell({ nowUs: 0 });
	for (let i = 0; i < nodeCount; i++) {
		cell.addNode({
			name: `n${i}`,
			labels: {},
			taints: [],
			unschedulable: false,
			allocatable: { cpu: 32_000, memory: 128 * GIB },
			gpu: null,
		});
	}
	const snapshot = new Snapshot(cell);
	const scheduler = schedulers.all.get(name).create({ top: 1, order: "fresh" });
	const random = new SeededRandomSource("1").stream("bench/cycle");
	const specs = [1, 2, 3, 4, 6].map((cpu) => ({
		facts: PLAIN_FACTS,
		requests: { cpu: cpu * 1000, memory: cpu * 4 * GIB },
		gpu: null,
	}));
	const decide = () => {
		const spec = specs[random.integer(specs.length)];
		const pod = podOf(spec, 1);
		const job = cell.submit({ timeUs: 0, name: "job", pods: [pod], gang: false });
		snapshot.refresh();
		const { placements } = scheduler.decide([cell.pod(job.pending[0])], snapshot, random);
		cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "incremental" });
	};
	for (let i = 0; i < nodeCount * 4; i++) decide();
	const count = Math.min(5_000, nodeCount);
	return (
		count /
		cpuOf(() => {
			for (let i = 0; i < count; i++) decide();
		})
	);
}
