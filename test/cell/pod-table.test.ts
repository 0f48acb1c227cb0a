/** Pods that were submitted alike share what was submitted; nobody sees that. */
import { expect, test } from "vitest";
import type { PodArrival } from "../../src/objects/arrival.js";
import { cellOf, podArrival, podSpec } from "../support/cells.js";

/** For each field another value than that of `podArrival`: every field has to be here. */
const OTHERWISE: Required<PodArrival> = {
	name: "other",
	spec: podSpec({ cpu: 2000 }),
	durationUs: 7,
	exit: "failed",
	cpuUsageFraction: 0.5,
	memoryUsageFraction: 0.25,
	observedStartUs: 3,
	censored: true,
	timing: { startUs: 1 },
	serving: { cpuUs: 2 },
	usage: { containers: [] },
};

test.each(
	Object.keys(OTHERWISE) as (keyof PodArrival)[],
)("a pod that differs from the last one in %s keeps its own", (field) => {
	const first = podArrival();
	const second: PodArrival = { ...first, [field]: OTHERWISE[field] };
	expect(second).not.toEqual(first);
	const cell = cellOf([]);
	const job = cell.submit({ timeUs: 0, name: "j", gang: false, pods: [first, second, first] });
	expect(job.pending.map((pod) => cell.pod(pod).arrival)).toEqual([first, second, first]);
});
