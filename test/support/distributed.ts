/** Runs under architectures that probe nodes, and what must hold when they are over. */
import type { NodeId } from "../../src/cell/ids.js";
import type { Simulation } from "../../src/experiment/simulation.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import type { NodeSpec } from "../../src/objects/spec.js";
import type { Dispatcher } from "../../src/scheduling/distributed/dispatcher.js";
import { NONE } from "../../src/scheduling/distributed/node-queues.js";
import type { DistributedSchedulers } from "../../src/scheduling/distributed/schedulers.js";
import { node } from "./cells.js";
import { scriptedRandom } from "./scripted-random.js";
import { architectureNamed, type Simulated, type SimulateOptions, simulate } from "./simulations.js";

/** Nodes n0, n1, ... with room for one pod of the usual size. */
export function slots(count: number): NodeSpec[] {
	return Array.from({ length: count }, (_, i) => node(`n${i}`, { cpu: 1000 }));
}

/** Runs one scheduler of Sparrow that probes these nodes, in this order; messages take 10 us. */
export function probing(probes: readonly number[], params: object, options: SimulateOptions): Promise<Simulated> {
	return simulate({
		random: scriptedRandom({ "sparrow/probes/scheduler-0": probes }),
		architecture: architectureNamed("sparrow", { delay: "10us", ...params }),
		...options,
	});
}

/** Without pods that run for ever: behind those a task may wait for ever. */
export function finite({ pods, ...rest }: JobArrival): JobArrival {
	return { ...rest, pods: pods.map((pod) => ({ ...pod, durationUs: Math.min(pod.durationUs, 40) })) };
}

/** Pods that wait although a plain node is there that is large enough for their whole gang, or for each of them. */
export function stuck({ cell }: Simulation): string[] {
	const { nodes, pods } = cell;
	const roomy = [...Array(nodes.count).keys()].filter(
		(n) => nodes.ready[n] === 1 && nodes.specs[n]!.name.startsWith("node-"),
	);
	const waiting = [...pods.all()].map((id) => cell.pod(id)).filter(({ phase }) => phase === "pending");
	return waiting
		.filter(({ job: { gang, pending }, podClass }) =>
			roomy.some((n) => podClass.request[0]! * (gang ? pending.length : 1) <= nodes.allocatable[0]![n]!),
		)
		.map(({ name }) => name);
}

/** What is left in queues, and who still holds room. */
export function leftovers({ architecture, cell }: Simulation): string[] {
	const { queues }: Dispatcher = (architecture as DistributedSchedulers).dispatcher;
	const queued = [...Array(cell.nodes.count).keys()].filter((n) => queues.head(n as NodeId) !== NONE);
	return [...queued.map((n) => `queue of node ${n}`), ...[...queues.holders()].map((r) => `holder ${r}`)];
}

/** Collects the response times (end - submission) of the jobs whose name begins so, microseconds, in order of their end. */
export function responseTimes(times: number[], prefix: string): NonNullable<SimulateOptions["observers"]>[number] {
	return (_engine, cell) =>
		cell.watch({
			jobEnded: ({ name, submitUs }) => {
				if (name.startsWith(prefix)) times.push(cell.nowUs - submitUs);
			},
		});
}

export function median(values: readonly number[]): number {
	return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
