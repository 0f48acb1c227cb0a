/** Scheduling by measured load, in whole runs: `experiments/kubernetes/load-aware.yaml`. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { assemble } from "../../src/experiment/assemble.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { Simulation } from "../../src/experiment/simulation.js";
import { ImportReport } from "../../src/workload/arrivals.js";

const FILE = fileURLToPath(new URL("../../experiments/kubernetes/load-aware.yaml", import.meta.url));

interface Ran {
	/** cpu in use by node, most first, in tenths. */
	readonly used: readonly number[];
	/** Seconds at which load was measured. */
	readonly measured: readonly number[];
	readonly endUs: number;
	/** When the last pod got its node. */
	readonly boundUs: number;
}

/** Runs the experiment under one configuration, and the engine until nothing is left to do if `endless`. */
async function run(configuration: string, set: readonly string[] = [], endless = false): Promise<Ran> {
	const only = [`configuration=${join("configurations", configuration)}`];
	const { plans } = await prepareExperiment(FILE, { set, only });
	const assembled = await assemble(plans[0]!, new ImportReport());
	const measured: number[] = [];
	const simulation = new Simulation({
		...assembled,
		...(endless && { endUs: Number.POSITIVE_INFINITY }),
		observers: [
			(engine) => engine.watch((timeUs, { name }) => name === "load-measured" && measured.push(timeUs / 1e6)),
		],
	});
	const endUs = await simulation.run();
	const { cell } = simulation;
	const used = [...Array(cell.nodes.count).keys()].map((node) =>
		Math.round(
			[...cell.podsOn(node as never)]
				.map((pod) => cell.pod(pod).arrival)
				.reduce((sum, { spec, cpuUsageFraction }) => sum + (spec.requests["cpu"]! * cpuUsageFraction) / 100, 0),
		),
	);
	const boundUs = Math.max(...[...cell.pods.all()].map((pod) => cell.pod(pod).boundUs));
	return { used: used.sort((a, b) => b - a), measured, endUs, boundUs };
}

test("by requests use comes out uneven, and nobody measures", async () => {
	const { used, measured } = await run("spread.yaml");
	expect(used).toEqual([81, 79, 66, 66, 66, 51, 51, 38, 23, 23]);
	expect(measured).toEqual([]);
});

test("balanced by load it is even", async () => {
	const { used, measured } = await run("balance-load.yaml");
	expect(used).toEqual([64, 60, 57, 55, 53, 53, 53, 51, 49, 49]);
	// Every half minute from 0 on, as long as pods come.
	expect(measured.slice(0, 4)).toEqual([0, 30, 60, 90]);
});

test("packed by load nodes are filled to the target, as far as the window shows what came before", async () => {
	expect((await run("pack-load.yaml")).used).toEqual([81, 77, 68, 68, 66, 64, 64, 29, 27, 0]);
	const quick = await run("pack-load.yaml", ["spec.node.load={every: 10s, window: 2m}"]);
	expect(quick.used[0]).toBe(64);
	expect(quick.measured.slice(0, 3)).toEqual([0, 10, 20]);
});

test("a run without an end is over when nothing changes any more", async () => {
	const { measured, endUs, boundUs } = await run("balance-load.yaml", [], true);
	expect(measured.at(-1)! * 1e6).toBe(endUs);
	// 15 minutes and two more after the first measurement that saw the last pod, which came up to half a minute after it.
	const minutes = (endUs - boundUs) / 60e6;
	expect([minutes > 17, minutes <= 17.5]).toEqual([true, true]);
});
