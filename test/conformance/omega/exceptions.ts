/**
 * Golden runs that a clock of microseconds cannot repeat within the tolerance; reviewed by running the reference on both
 * clocks. With nanoseconds there are none. All other runs make the same decisions in the same order on either clock.
 */
import type { Exception } from "../suite.js";

// A wait is a difference of two times. Under Mesos they hang on each other (end of a task, offer a second later, placement,
// end of a task), so that roundings of half a microsecond add up: to 3.1 us at most in all golden runs.
const ADDED_UP = "the same decisions; roundings along a chain of offers put single waits up to 3.1 us off";

/** Of any simulation in microseconds. */
export const roundingExceptions: readonly Exception[] = [
	{ case: "runs/nano10-s1-mesos-min1-t1", first: "jobs[43].queueTillFirst", cause: ADDED_UP },
	{ case: "runs/nano10-s2-mesos-min1-t10", first: "jobs[127].queueTillFirst", cause: ADDED_UP },
	{ case: "runs/c100-s1-mesos-t1", first: "jobs[31].queueTillFirst", cause: ADDED_UP },
	{ case: "runs/c100-s2-mesos-t10", first: "jobs[158].queueTillFirst", cause: ADDED_UP },
	{ case: "runs/c100-s1-mesos-min1-t1", first: "jobs[31].queueTillFirst", cause: ADDED_UP },
	{ case: "runs/c100-s2-mesos-min1-t10", first: "jobs[319].queueTillFirst", cause: ADDED_UP },
	{ case: "runs/mid1000-s3-mesos-t0.1", first: "workloads[0].waitFirstP50", cause: ADDED_UP },
	{ case: "runs/mid1000-s1-mesos-t10", first: "jobs[568].queueTillFirst", cause: ADDED_UP },
	{ case: "runs/hot1000-s1-mesos-t0.1", first: "workloads[0].waitFirstP50", cause: ADDED_UP },
	{ case: "runs/hot1000-s1-mesos-t1", first: "jobs[64].queueTillFirst", cause: ADDED_UP },
	{
		case: "runs/hot1000-s2-omega-fine-gang-t1",
		first: "events",
		cause:
			"22 tasks end at 1118.6530093 s and job 1199 is decided on 0.5 us later: one microsecond, in which the heap lets the " +
			"decision go before 3 of the ends; the snapshot then taken for job 1200 lacks these 3 (19 of 42 tasks placed, not 22)",
	},
	{ case: "runs/big10k-s1-mesos-t0.1", first: "workloads[1].waitFullP50", cause: ADDED_UP },
	{
		case: "runs-blacklist/mid1000-s2-mesos-t1-l0.25",
		first: "events",
		cause:
			"a response at 4665.9999997 s and the sampler at 4666 s become one instant and leave the heap otherwise; it is another " +
			"heap from then on, and of two retries that are equal on both clocks (4928.6094 s) job 2449 goes before job 2450",
	},
];
