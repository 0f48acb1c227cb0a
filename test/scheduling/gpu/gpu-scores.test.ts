/** The scores of the FGD study's other policies by table, with the arithmetic beside it. */
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../../src/cell/ids.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import type { ScorePlugin } from "../../../src/scheduling/plugin.js";
import { gpuBestFit, gpuClustering, gpuDotProduct } from "../../../src/scheduling/plugins/index.js";
import {
	bindNew,
	cellOf,
	commit,
	job,
	type NodeOptions,
	node,
	type PodOptions,
	snapshotOf,
} from "../../support/cells.js";
import { schedulerNamed } from "../../support/simulations.js";

/** Score of a pod on the first node, on which `bound` run; the last node is the yardstick: 128 cores and 8 GPUs. */
function score(plugin: ScorePlugin, first: NodeOptions, pod: PodOptions, bound: readonly PodOptions[]): number {
	const cell = cellOf([node("a", { cpu: 64_000, ...first }), node("yardstick", { cpu: 128_000, gpus: 8 })]);
	cell.trackPods();
	for (const other of bound) bindNew(cell, 0, other);
	return plugin.score(cell.pod(cell.submit(job("asks", pod)).pending[0]!).podClass, cell.node(0 as NodeId));
}

const share = (milli: number, cpu = 0): PodOptions => ({ cpu, gpu: { milli } });
const whole = (count: number, cpu = 0): PodOptions => ({ cpu, gpu: { count } });

type Row = [what: string, first: NodeOptions, pod: PodOptions, bound: readonly PodOptions[], expected: number];

describe("gpu-best-fit", () => {
	test.each<Row>([
		// cpu (64 - 32) / 128 = 0.25, GPU (2 - 1) / 8 = 0.125: 100 x (1 - 0.125 - 0.0625) = 81.25.
		["what is left over counts, cut to a whole number", { gpus: 2 }, whole(1, 32_000), [], 81],
		// cpu 0.25 as above; GPU (2000 - 500 - 300) / 8000 = 0.15: 100 x (1 - 0.125 - 0.075) = 80.
		["shares count as their sum", { gpus: 2 }, share(300, 32_000), [share(500)], 80],
		// Nothing asked of GPU: cpu 0.25, GPU 2 / 8: 100 x (1 - 0.125 - 0.125).
		["a pod without GPU", { gpus: 2 }, { cpu: 32_000 }, [], 75],
		["a full node", { gpus: 2 }, whole(2, 64_000), [], 100],
	])("%s", (_what, first, pod, bound, expected) => {
		expect(score(gpuBestFit, first, pod, bound)).toBe(expected);
	});
});

describe("gpu-dot-product", () => {
	test.each<Row>([
		// cpu 0.5 x 0.25 = 0.125, GPU 2/8 x 1/8 = 0.03125; halved 0.078125: 100 x 0.921875.
		["free amounts before placing", { gpus: 2 }, whole(1, 32_000), [], 92],
		// cpu (64 - 16) / 128 x 0.25 = 0.09375, GPU 1.5 / 8 x 0.5 / 8 = 0.01171875; halved 0.052734: 94.7.
		["what runs there counts", { gpus: 2 }, share(500, 32_000), [share(500, 16_000)], 94],
		["nothing asked for", { gpus: 2 }, { cpu: 0 }, [], 100],
		// cpu 0.5 x 0.5 = 0.25, halved: 87.5.
		["a pod without GPU", { gpus: 2 }, { cpu: 64_000 }, [], 87],
	])("%s", (_what, first, pod, bound, expected) => {
		expect(score(gpuDotProduct, first, pod, bound)).toBe(expected);
	});

	test("a cell without GPU compares cpu alone, and counts GPU as nothing", () => {
		const cell = cellOf([node("a")]);
		const { podClass } = cell.pod(cell.submit(job("asks", { cpu: 1000 })).pending[0]!);
		// 0.25 x 1, halved: 100 x (1 - 0.125); left 0.75, halved: 100 x (1 - 0.375).
		expect(gpuDotProduct.score(podClass, cell.node(0 as NodeId))).toBe(87);
		expect(gpuBestFit.score(podClass, cell.node(0 as NodeId))).toBe(62);
	});
});

describe("gpu-clustering", () => {
	test.each<Row>([
		["a pod without GPU", { gpus: 8 }, { cpu: 1000 }, [share(500)], 0],
		// All 8 free: 25 x 0 / 8000 = 0, and 25 for a node without GPU pods.
		["an idle node of the largest size", { gpus: 8 }, share(500), [], 25],
		// 2000 of 8000 free: 25 x 6000 / 8000 = 18.75, cut to 18; pods without GPU do not count.
		["an idle node of two devices", { gpus: 2 }, share(500), [{ cpu: 1000 }], 18 + 25],
		// 7500 free: 25 x 500 / 8000 = 1.56; all ask for shares.
		["shares beside shares only", { gpus: 8 }, share(300), [share(500)], 1 + 75],
		// 5500 free: 25 x 2500 / 8000 = 7.8; one asks for two devices.
		["shares beside shares and others", { gpus: 8 }, share(300), [share(500), whole(2)], 7 + 50],
		["two devices beside shares and others", { gpus: 8 }, whole(2), [share(500), whole(2)], 7 + 50],
		// 6000 free: 25 x 2000 / 8000 = 6.25; one device is not two.
		["one device beside two", { gpus: 8 }, whole(1), [whole(2)], 6],
		["a whole device is no share", { gpus: 8 }, whole(1), [share(500)], 1],
	])("%s", (_what, first, pod, bound, expected) => {
		expect(score(gpuClustering, first, pod, bound)).toBe(expected);
	});

	test("the scheduler has pods tracked: the second share goes where the first is, not where whole devices are", () => {
		const cell = cellOf(["a", "b", "c"].map((name) => node(name, { gpus: 2 })));
		const scheduler = schedulerNamed("gpu-clustering");
		const random = new SeededRandomSource("1").stream("unused");
		const place = (options: PodOptions) => {
			const pod = cell.pod(cell.submit(job("asks", options)).pending[0]!);
			commit(cell, scheduler.decide([pod], snapshotOf(cell), random).placements);
			return pod.node;
		};
		expect([whole(1), share(100), share(100), whole(1)].map(place)).toEqual([0, 1, 1, 0]);
	});
});

describe("gpu-random", () => {
	test("each node with room is as likely as any other, and so is each device with room", () => {
		const cell = cellOf(["a", "b", "c"].map((name) => node(name, { gpus: 2, pods: 10_000 })));
		bindNew(cell, 1, whole(2));
		bindNew(cell, 2, share(900));
		const scheduler = schedulerNamed("gpu-random");
		const random = new SeededRandomSource("1").stream("gpu-random");
		const times = new Map<string, number>();
		for (let i = 0; i < 4000; i++) {
			const pod = cell.submit(job("asks", share(200))).pending[0]!;
			const [placement] = scheduler.decide([cell.pod(pod)], snapshotOf(cell), random).placements;
			const key = `${cell.node(placement!.node).name} ${placement!.devices}`;
			times.set(key, (times.get(key) ?? 0) + 1);
			cell.endPod(pod, "deleted");
		}
		// Half on a, of its two devices a quarter each; half on c, where only the second has room. Four standard deviations.
		expect([...times.keys()].sort()).toEqual(["a 1", "a 2", "c 2"]);
		expect(Math.abs(times.get("c 2")! - 2000)).toBeLessThan(4 * Math.sqrt(4000 * 0.25));
		expect(Math.abs(times.get("a 1")! - 1000)).toBeLessThan(4 * Math.sqrt(4000 * 0.1875));
	});

	test("whole devices are taken in order", () => {
		const cell = cellOf([node("a", { gpus: 3 })]);
		bindNew(cell, 0, share(100));
		const pod = cell.pod(cell.submit(job("asks", whole(1))).pending[0]!);
		const random = new SeededRandomSource("1").stream("x");
		const { placements } = schedulerNamed("gpu-random").decide([pod], snapshotOf(cell), random);
		expect(placements[0]!.devices).toBe(0b010);
	});
});
