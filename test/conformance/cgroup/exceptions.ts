/**
 * Measured scenarios that the model of a node does not repeat, each reviewed: the first value that differs, and the mechanism of
 * the kernel that is left out. The same are told under "Divergence from Linux" in src/node/cgroup.
 */
import type { Exception } from "../suite.js";

export const cpuExceptions: readonly Exception[] = [
	{
		case: "b03",
		first: "leaf.kubepods/burstable/p1/c",
		cause:
			"placement: eight burstable threads and a sleeper on two CPUs have several stable placements, none of them by weight; the model has one pool of CPU time",
	},
	{
		case: "c03",
		first: "throttle.A.throttled_time",
		cause:
			"slices: quota is handed out in 5 ms, all of this one, and may be overdrawn until the next tick and paid back; the model takes it exactly as it is used",
	},
	{
		case: "d22",
		first: "leaf.B",
		cause:
			"placement: threads do not rotate enough while a sleeper moves about, so B's only thread shares its CPU with half of C; the model has one pool of CPU time",
	},
	{
		case: "e12",
		first: "leaf.P/A",
		cause:
			"the parent's quota is used up on both CPUs at the same time, so one thread never gets half of it; the model divides a quota as if it were a smaller node",
	},
];
