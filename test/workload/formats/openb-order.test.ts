/** Arrival orders of the FGD study: shuffled lists of the openb format, tuned to a load. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { InputError } from "../../../src/objects/input-error.js";
import { openbParams } from "../../../src/workload/formats/openb.js";
import { tuned } from "../../../src/workload/formats/openb-order.js";
import type { PodRow } from "../../../src/workload/formats/openb-rows.js";
import { type OpenbInput, readOpenb } from "../../support/openb.js";
import { scriptedRandom } from "../../support/scripted-random.js";

const folder = mkdtempSync(join(tmpdir(), "cellsim-openb-order-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = "name,cpu_milli,memory_mib,num_gpu,gpu_milli";
/** Three nodes with 4 GPUs in all. */
const NODES = "sn,cpu_milli,memory_mib,gpu,model\na,1000,1,1,T4\nb,1000,1,1,T4\nc,1000,1,2,T4\n";

/** Writes a list of pods that ask for so much of one device, or of so many devices. */
function filesOf(...pods: readonly (number | `${number} devices`)[]): OpenbInput {
	const rows = pods.map((gpu, i) => {
		const [count, milli] = typeof gpu === "number" ? [gpu > 0 ? 1 : 0, gpu] : [Number.parseInt(gpu, 10), 1000];
		return `p${i},100,1,${count},${milli}`;
	});
	writeFileSync(join(folder, "pods.csv"), `${[HEADER, ...rows].join("\n")}\n`);
	writeFileSync(join(folder, "nodes.csv"), NODES);
	return { pods: "pods.csv", nodes: "nodes.csv", replay: "arrivals-only" };
}

async function read(params: OpenbInput, random = scriptedRandom({})) {
	const { jobs, nodes } = await readOpenb(params, [folder], random);
	return {
		pods: jobs.map(({ name }) => name),
		times: jobs.map(({ timeUs }) => timeUs / 1e6),
		nodes: nodes.map(({ name }) => name),
	};
}

test("shuffled: nodes and pods come in an order drawn at random, one second apart, and stay for ever", async () => {
	// Four pods: 3 changes place with 0, then 2 with 1, then 1 stays. Three nodes: 2 stays, 1 changes place with 0.
	const random = scriptedRandom({ "workload/openb/order": [0, 1, 1], "cluster/openb/order": [2, 0] });
	const { pods, times, nodes } = await read({ ...filesOf(0, 0, 0, 0), order: "shuffled" }, random);
	expect(pods).toEqual(["p3", "p2", "p1", "p0"]);
	expect(times).toEqual([0, 1, 2, 3]);
	expect(nodes).toEqual(["b", "a", "c"]);
});

test("load: copies of pods drawn from the list come last, in the order of the draws", async () => {
	// Half of 4 GPUs are 2000.
	const random = scriptedRandom({ "workload/openb/load": [2, 1, 0, 0, 1, 0] });
	const { pods } = await read({ ...filesOf(700, 300, 0), load: 0.5 }, random);
	// 1000; + 0, + 300 = 1300, + 700 = 2000; 2700 is too much.
	expect(pods).toEqual(["p0", "p1", "p2", "p2-tuned-0", "p1-tuned-1", "p0-tuned-2"]);
});

test("load: the last copy may go beyond, since one device of it is looked at", async () => {
	// 2500 of 3600: one device more makes 3500, so that two are added; from 4500 on one more is too much.
	const random = scriptedRandom({ "workload/openb/load": [1, 1] });
	const { pods } = await read({ ...filesOf(500, "2 devices"), load: 0.9 }, random);
	expect(pods).toEqual(["p0", "p1", "p1-tuned-0"]);
});

test("load: where pods ask for more, pods drawn at random are left out", async () => {
	// 3000 of 4000 x 0.5: the draws leave out the second, then the first of those that are left.
	const random = scriptedRandom({ "workload/openb/load": [1, 0] });
	const { pods } = await read({ ...filesOf(1000, 500, 1000, 500), load: 0.5 }, random);
	expect(pods).toEqual(["p2", "p3"]);
});

test("load: what is asked for is the load to less than a pod", () => {
	const row = (name: string, count: number, milli: number): PodRow => ({
		...{ line: 1, name, cpuMilli: 0, memoryBytes: 0, shareWithoutGpu: false, qos: "", times: null },
		gpu: count === 0 ? null : { count, milli, models: [] },
	});
	const list = [row("a", 1, 300), row("b", 0, 0), row("c", 1, 1000), row("d", 4, 1000)];
	fc.assert(
		fc.property(fc.integer({ min: 0, max: 40_000 }), fc.nat(), (wanted, seed) => {
			const pods = tuned(list, list, wanted, new SeededRandomSource(String(seed)).stream("x"));
			const asked = pods.reduce((sum, { gpu }) => sum + (gpu === null ? 0 : gpu.count * gpu.milli), 0);
			// One device of the last copy was not too much; the first draw that would be is 1000 at most.
			expect(asked).toBeGreaterThan(wanted >= 5300 ? wanted - 1000 : -1);
			expect(asked).toBeLessThanOrEqual(wanted >= 5300 ? wanted + 3000 : wanted);
			expect(new Set(pods.map(({ name }) => name)).size).toBe(pods.length);
		}),
		{ seed: 2704, numRuns: 100 },
	);
});

test.each<[OpenbInput, string]>([
	[
		{ pods: "p", order: "shuffled" },
		"pods are shuffled with replay: arrivals-only only; the times of the trace have an order of their own",
	],
	[{ pods: "p", nodes: "n", load: 1.3 }, "is for pods with replay: arrivals-only"],
	[{ nodes: "n", replay: "arrivals-only", load: 1.3 }, "is for pods with replay: arrivals-only"],
	[{ pods: "p", replay: "arrivals-only", load: 1.3 }, "needs `nodes`, the node list whose GPU it is measured by"],
])("parameters %j", (params, message) => {
	expect(openbParams.safeParse(params).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test("a list that asks for no GPU cannot be brought to a load", async () => {
	const error = await read({ ...filesOf(0, 0), load: 1 }).catch((caught: unknown) => caught);
	expect(error).toBeInstanceOf(InputError);
	expect((error as InputError).message).toBe("load: no pod of the list asks for GPU");
	expect((error as InputError).position).toEqual({ file: join(folder, "pods.csv"), line: 1, column: 0 });
});

test("outside of a run there is no seed to draw by", async () => {
	await expect(readOpenb({ ...filesOf(100), order: "shuffled" }, [folder])).rejects.toThrow(
		"order: shuffled and load draw by the seed of a run: read the trace in an experiment",
	);
});
