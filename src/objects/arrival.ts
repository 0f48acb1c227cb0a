/** What is submitted to a cell: the unit that every trace format and every generator yields. */
import type { PodSpec } from "./spec.js";
import type { PodUsage } from "./usage.js";

/** How long a pod would run once started, and what is known about that. */
export interface PodArrival {
	/** Name of the pod; null means `<job name>-<index in job>`, made when somebody asks. */
	readonly name: string | null;
	readonly spec: PodSpec;
	/** Run time once started, integer microseconds; `Infinity` never ends by itself. */
	readonly durationUs: number;
	/** How the run ends when nothing disturbs it. */
	readonly exit: "succeeded" | "failed";
	/** Mean usage while running, as a fraction of the request (cpu, memory); 1 when unknown. Usage may exceed 1. */
	readonly cpuUsageFraction: number;
	readonly memoryUsageFraction: number;
	/** Start observed in the trace, microseconds from the start of the trace; NaN when not observed. */
	readonly observedStartUs: number;
	/** Whether the trace cut the pod's life off (its duration is then a lower bound). */
	readonly censored: boolean;
	/** How long it takes over starting, serving and leaving; absent, as the nodes say. */
	readonly timing?: PodTiming;
	/** What it is like as a server of requests; absent, as whoever sends them says. */
	readonly serving?: PodServing;
	/** Usage over time; absent, the pod uses its fractions of the request, constantly. */
	readonly usage?: PodUsage;
}

/** Microseconds; what is absent is as for every other pod of its node. */
export interface PodTiming {
	/** From its binding to its start. */
	readonly startUs?: number;
	/** From its start until it is ready; Infinity for never. */
	readonly readyUs?: number;
	/** From SIGTERM until it is gone. */
	readonly stopUs?: number;
	/** It gets a node and is made ready there, and starts when it is told to (`Holds.release`). */
	readonly held?: boolean;
}

/** What requests to a pod cost and come to; what is absent is as whoever sends them says. */
export interface PodServing {
	/** CPU time of a request, microseconds of one CPU, 1 or more. */
	readonly cpuUs?: number;
	/** What a request waits for besides, microseconds. */
	readonly waitUs?: number;
	/** Share of the answers that are errors, 0 to 1. */
	readonly errors?: number;
}

/** A job: pods that arrive together and are decided together. A bare Kubernetes pod is a job of one. */
export interface JobArrival {
	/** Integer microseconds from simulation start. */
	readonly timeUs: number;
	readonly name: string;
	readonly pods: readonly PodArrival[];
	/** All pods start at once or none does. */
	readonly gang: boolean;
	/**
	 * Pods among which its work can be shared, if a scheduler gives it more than it asks for (an elastic job: the MapReduce jobs of
	 * the Omega paper, section 6). Absent, it runs with what it asks for.
	 */
	readonly maxWorkers?: number;
	/**
	 * Estimates of its run time, integer microseconds, by what they are made from: `user`, `group`, `group-gpu`. Waiting rooms may go by
	 * them (`spec.scheduling.queue.order`). Absent, there are none.
	 */
	readonly estimates?: Readonly<Record<string, number>>;
}

/**
 * A job that arrives. Those made here are of one shape, with a time that is a double from the start: times pass 2^31 half an hour
 * into a run, and with objects that change their shape then, all code that was compiled for them is compiled again.
 */
export function jobArrival(timeUs: number, name: string, pods: readonly PodArrival[], gang: boolean): JobArrival {
	const job = { timeUs: Number.NaN, name, pods, gang };
	job.timeUs = timeUs;
	return job;
}
