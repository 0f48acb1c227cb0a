/** The order in which a full machine kills by Borg's rules, in a whole cell. */
import { expect, test } from "vitest";
import { SECOND } from "../../../src/engine/time.js";
import type { MachineOptions } from "../../../src/node/machine/machine-options.js";
import { bandOf } from "../../../src/objects/priority-band.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod, stepTo } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

/** The pods of jobs with these names, one after the other, on a machine of 1000 bytes without a kubelet's evictions: who is killed when. */
async function killedOf(jobs: Readonly<Record<string, RunningPodOptions>>, machine: Partial<MachineOptions> = {}) {
	const { log } = await simulate({
		nodes: [node("n", { memory: 1000 })],
		jobs: Object.entries(jobs).map(([name, pod]) => job(name, { pods: [runningPod(pod)] })),
		machine: machineOf({ memoryKills: "borg", eviction: null, onEviction: "fail", ...machine }),
		endUs: 60 * SECOND,
	});
	return log
		.filter((line) => line.includes("oom-killed"))
		.map((line) => line.replace(/^(\d+) oom-killed (.*)-0$/, (_, us, name) => `${Number(us) / SECOND} ${name}`));
}

/** Requests and has so much, and grows to `then` at `atS`. */
const pod = (priority: number, bytes: number, atS = 50, then = bytes): RunningPodOptions => ({
	facts: { priority },
	requests: { memory: bytes },
	memory: stepTo(bytes, atS * SECOND, then),
});

/** The machine is full; monitoring stays below its limit and needs 100, 200, ... more every 5 s. */
const BANDS = {
	growing: {
		facts: { priority: 400 },
		limits: { memory: 1000 },
		memory: {
			kind: "phases",
			phases: [100, 101, 301, 501, 701].map((value) => ({ durationUs: 5 * SECOND, value })),
			after: "hold",
		},
	},
	production: pod(200, 300),
	monitoring: pod(360, 200),
	batch: pod(110, 200),
	"best-effort": pod(25, 200),
} as const;

test("non-production dies from the lowest band up, production when nothing else is left, monitoring last", async () => {
	expect([200, 360, 110, 25].map(bandOf)).toEqual(["production", "monitoring", "batch", "best-effort"]);
	// 101 + 900 of 1000 are too many by 1: 200 go. Then 301 + 700 are, 501 + 500, and 701 + 200 are not.
	expect(await killedOf(BANDS)).toEqual(["5 best-effort", "10 batch", "15 production"]);
});

test("the kernel's score has another order: what they request protects all alike", async () => {
	const order = (await killedOf(BANDS, { memoryKills: "oom-score" })).map((line) => line.split(" ")[1]);
	expect(order).not.toEqual(["best-effort", "batch", "production"]);
});

test("who uses more than it was promised goes first, be it production: a limit, or a request without one", async () => {
	const over = {
		production: pod(200, 300, 5, 301),
		batch: pod(110, 300),
		"best-effort": { ...pod(25, 200), limits: { memory: 200 } },
		grows: { ...pod(400, 200, 10, 201), limits: { memory: 1000 } },
	};
	// 301 + 300 + 200 + 200 of 1000 at 5 s.
	expect(await killedOf(over)).toEqual(["5 production"]);
	// Within what it was promised, it is spared: 300 + 300 + 200 + 201 at 10 s.
	expect(await killedOf({ ...over, production: pod(200, 300) })).toEqual(["10 best-effort"]);
});

test("beyond a limit a container dies at once, whoever has room", async () => {
	const capped = { ...pod(360, 100, 5, 201), limits: { memory: 200 } };
	expect(await killedOf({ capped, "best-effort": pod(0, 100) })).toEqual(["5 capped"]);
});
