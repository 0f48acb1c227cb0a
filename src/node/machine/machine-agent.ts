/**
 * What happens on nodes after pods were bound to them, in full: containers start, share CPU and memory, do their work, are killed,
 * started again and evicted. The counterpart of `NodeAgent`, which knows start delays and run times only; one event a node is
 * pending here too, and a node on which nothing changes has none.
 *
 * What is simulated of a machine, and what is not, is said where it is: `machine.ts`, `machine-cpu.ts`, `machine-memory.ts`,
 * `machine-storage.ts`, `machine-pids.ts`, `gpu-memory.ts`, `kubepods-tree.ts`. A pod whose demands change for ever keeps a run going
 * for ever: give the run an end.
 */

import type { Cell } from "../../cell/cell.js";
import type { NodeChange } from "../../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { RandomSource } from "../../engine/random.js";
import type { PodRun } from "../../objects/pod-run.js";
import type { ResourceList } from "../../objects/resources.js";
import type { NodeSpec, Taint } from "../../objects/spec.js";
import { tolerated } from "../../objects/tolerations.js";
import { admitsUnderPressure, pressureTaints } from "../kubelet/eviction.js";
import type { LifecycleOptions } from "../kubelet/lifecycle.js";
import type { LossRule, NodeAgentOptions } from "../node-agent.js";
import type { Leaving } from "../termination.js";
import { type ImageArrived, ImageLoader } from "./image-loader.js";
import { type ContainerSize, Machine } from "./machine.js";
import type { MachineContext } from "./machine-context.js";
import type { EvictionRule, MachineOptions } from "./machine-options.js";
import { MachinePod } from "./machine-pod.js";
import { LeafColumns } from "./memory-leaves.js";
import type { PodOutcome } from "./pod-fate.js";
import { ThrottleBook } from "./throttle-rates.js";
import { UsageWriter } from "./usage-writer.js";

const NONE = -1;

export interface MachineAgentOptions extends NodeAgentOptions {
	readonly machine: MachineOptions;
	/** Demands that draw have a stream for each container, `node/usage/<pod>/<container>/<what>`. */
	readonly random: RandomSource;
}

/** Makes the machines of a run, given what all agents of nodes are given. */
export type MachineMaker = (
	engine: Engine,
	cell: Cell,
	phase: number,
	options: Omit<MachineAgentOptions, "machine">,
) => MachineAgent;

/** Machines with these options. A program that wants none need not load them. */
export function machinesOf(machine: MachineOptions): MachineMaker {
	return (engine, cell, phase, options) => new MachineAgent(engine, cell, phase, { ...options, machine });
}

export class MachineAgent {
	/** Hears, after the cell has it, that the use of a node has changed. */
	usageChanged: (node: NodeId) => void = () => {};
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: MachineAgentOptions;
	readonly #due: EventKind;
	readonly #context: MachineContext;
	readonly #lifecycle: LifecycleOptions;
	readonly #images: ImageLoader | null;
	/** By node. */
	readonly #machines: Machine[] = [];
	/** The handle of the node's pending event, -1 for none, and when it is. */
	readonly #event: number[] = [];
	readonly #eventUs: number[] = [];
	/** By pod row: when those are made ready that are held back, and not on their machine yet; null if that does not begin before. */
	readonly #madeReadyUs = new Map<number, number | null>();
	/** By pod row: the pod on its machine. */
	readonly #pods: (MachinePod | null)[] = [];
	/** The node whose machine is at work: it is settled, and its event made, when that is done. */
	#busy: number = NONE;

	constructor(engine: Engine, cell: Cell, phase: number, options: MachineAgentOptions) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		const { images } = options.machine;
		const arrived: ImageArrived = (node, container) => {
			this.#machines[node]!.imageArrived(container, engine.nowUs);
			this.#arm(node);
		};
		this.#images = images === null ? null : new ImageLoader(engine, cell, phase, images, arrived);
		// In a workload, the work of a container is what its pod is for.
		this.#lifecycle = { relistUs: options.machine.relistUs, restartsWhenDone: false };
		this.#context = {
			options: options.machine,
			usage: new UsageWriter(cell.usage),
			leaves: new LeafColumns(),
			throttles: new ThrottleBook(),
			images: this.#images,
		};
		const { termination = null } = options;
		cell.leavingTakesTime = termination !== null;
		this.#due = engine.kind("node-due", phase, (node) => this.#fire(node as NodeId));
		cell.watch({
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			podBound: (pod, node) => this.#take(pod, node),
			podReleased: (pod, node) => this.#release(pod, node),
			...(termination && {
				podLeaving: (pod, node, reason) => this.#leave(pod, node, termination(cell.pod(pod), reason)),
			}),
			podEnded: (pod, node) => this.#forget(pod, node),
			podRequeued: (pod, node) => this.#forget(pod, node),
		});
	}

	/**
	 * Changes requests and limits of a container where it runs: its CPU weight and quota and its memory limit move at once; a
	 * container that uses more memory than its new limit is killed. What the pod requests of its node is another matter, and
	 * the cell's (`Cell.resizePod`); what its containers declare from now on stands in the cell's usage (`resized`). Error for a
	 * pod that is on no node, or has no such container.
	 */
	resize(pod: PodId, container: string, size: ContainerSize): void {
		const onMachine = this.#pods[this.#cell.pods.row(pod)] ?? null;
		const resized = onMachine?.containers.find(({ run }) => run.name === container);
		if (onMachine === null || resized === undefined)
			throw new Error(`pod '${this.#cell.pod(pod).name}' has no container '${container}' on a node`);
		const node = this.#cell.pod(pod).node;
		const { resized: runs } = this.#cell.usage;
		runs.set(onMachine.row, resizedRun(runs.get(onMachine.row) ?? onMachine.run, container, size));
		this.#machines[node]!.resize(resized, size, this.#engine.nowUs);
		this.#arm(node);
	}

	/**
	 * The requests that come to a pod want so much CPU from now on: the demand of its first main container, whatever its usage says. Nothing
	 * happens for a pod that is on no node.
	 */
	serve(pod: PodId, servedMilli: number): void {
		const onMachine = this.#pods[rowOf(pod)] ?? null;
		const container = onMachine?.containers.find(({ run }) => run.kind === "main");
		if (onMachine?.id !== pod || container === undefined || container.servedMilli === servedMilli) return;
		const { node } = this.#cell.pod(pod);
		this.#machines[node]!.serve(container, servedMilli, this.#engine.nowUs);
		this.#arm(node);
	}

	/** Takes a pod, which comes to its machine at once or, if it is held back, when it is released. */
	#take(pod: PodId, node: NodeId): void {
		const { pods } = this.#cell;
		const row = rowOf(pod);
		const hold = this.#cell.holds.of(pod);
		if (hold === "all") {
			this.#madeReadyUs.set(row, null);
			return;
		}
		const runsAlready = pods.jobs[row]!.prefilled && pods.requeues[row] === 0;
		const delay = runsAlready ? null : this.#options.startDelayUs;
		const delayUs = delay === null ? 0 : Math.max(0, Math.round(delay(node)));
		if (hold === "start") this.#madeReadyUs.set(row, this.#engine.nowUs + delayUs);
		else this.#admit(pod, node, delayUs);
	}

	#release(pod: PodId, node: NodeId): void {
		const dueUs = this.#madeReadyUs.get(rowOf(pod));
		if (dueUs === undefined) return;
		this.#madeReadyUs.delete(rowOf(pod));
		if (dueUs === null) this.#take(pod, node);
		else this.#admit(pod, node, Math.max(0, dueUs - this.#engine.nowUs));
	}

	/** Takes the pod in, as a kubelet's admission: a node that went away since the binding, or is short of memory, sends it back. */
	#admit(pod: PodId, node: NodeId, delayUs: number): void {
		const { pods, usage } = this.#cell;
		const row = rowOf(pod);
		const { nowUs } = this.#engine;
		if (pods.requeues[row] === 0) usage.pods.begin(row, nowUs);
		else usage.pods.resume(row, nowUs);
		const machine = this.#machines[node]!;
		const random = (what: string) => this.#options.random.stream(`node/usage/${this.#cell.pod(pod).name}/${what}`);
		const runsAlready = pods.jobs[row]!.prefilled && pods.requeues[row] === 0;
		const taken = new MachinePod(pod, row, pods.arrival(row), {
			memoryCapacityBytes: machine.memory.capacityBytes,
			lifecycle: this.#lifecycle,
			ranBefore: runsAlready,
			virtualMachines: this.#options.machine.virtualMachines,
			random,
		});
		if (this.#cell.nodes.ready[node] === 0 || !admitted(machine, taken)) {
			this.#cell.requeuePod(pod, "not-admitted");
			return;
		}
		this.#pods[row] = taken;
		machine.add(taken, nowUs + delayUs);
		this.#arm(node);
	}

	/** Everything that is due on the node now; then CPU is divided anew. */
	#fire(node: NodeId): void {
		const machine = this.#machines[node]!;
		const { nowUs } = this.#engine;
		this.#event[node] = NONE;
		this.#busy = node;
		const { conditions } = machine.memory;
		const outcomes = machine.advance(nowUs);
		// Whoever is evicted does not come back here.
		if (machine.memory.conditions !== conditions) this.#taint(node, machine);
		for (const outcome of outcomes) this.#tell(outcome);
		machine.settle(nowUs);
		this.#busy = NONE;
		this.#arm(node);
		this.usageChanged(node);
	}

	#tell({ pod, fate }: PodOutcome): void {
		const cell = this.#cell;
		// A pod that an earlier one of this instant took with it.
		if (this.#pods[pod.row] !== pod) return;
		if (fate === "started") cell.startPod(pod.id);
		else if (fate === "ready" || fate === "not-ready") this.#tellReady(pod, fate === "ready");
		else if (fate === "done") cell.endPod(pod.id, cell.pods.arrivals[pod.row]!.exit);
		else if (fate === "failed") cell.endPod(pod.id, "failed");
		else if (fate === "gone") cell.podGone(pod.id);
		else if (this.#onEviction === "resubmit") cell.requeuePod(pod.id, fate);
		else cell.endPod(pod.id, fate);
	}

	#tellReady({ id }: MachinePod, ready: boolean): void {
		if (this.#options.reportsReady) this.#cell.reportReady(id, ready);
	}

	/** A pod that was told to go: its kubelet sees it out. */
	#leave(pod: PodId, node: NodeId, leaving: Leaving): void {
		const onMachine = this.#pods[rowOf(pod)] ?? null;
		if (this.#madeReadyUs.has(rowOf(pod))) this.#cell.podGone(pod);
		if (onMachine === null) return;
		this.#machines[node]!.stop(onMachine, leaving, this.#engine.nowUs);
		this.#arm(node);
	}

	get #onEviction(): EvictionRule {
		return this.#options.machine.onEviction;
	}

	/** Takes a pod that is gone off its machine. */
	#forget(pod: PodId, node: NodeId): void {
		const row = rowOf(pod);
		if (node === NONE || this.#madeReadyUs.delete(row)) return;
		this.#cell.usage.pods.end(row, this.#engine.nowUs);
		this.#cell.usage.resized.delete(row);
		const onMachine = this.#pods[row] ?? null;
		if (onMachine === null) return;
		this.#pods[row] = null;
		this.#machines[node]!.remove(onMachine, this.#engine.nowUs);
		this.#arm(node);
	}

	/** Makes the node's one event stand at the time of what happens there next: nothing on a node that was taken out. */
	#arm(node: NodeId): void {
		if (node === this.#busy) return;
		const there = this.#cell.nodes.present[node] === 1;
		const nextUs = there ? this.#machines[node]!.nextUs : Number.POSITIVE_INFINITY;
		const event = this.#event[node]!;
		if (event !== NONE && this.#eventUs[node] === nextUs) return;
		if (event !== NONE) this.#engine.cancel(event as EventHandle);
		this.#eventUs[node] = nextUs;
		this.#event[node] = nextUs === Number.POSITIVE_INFINITY ? NONE : this.#engine.schedule(nextUs, this.#due, node);
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added") {
			const { usage, nodes } = this.#cell;
			this.#machines[node] = new Machine(node, nodes.specs[node]!, this.#context);
			this.#event[node] = NONE;
			this.#images?.addNode(node);
			usage.nodes.begin(node, this.#engine.nowUs);
		} else if (change === "node-removed") {
			this.#images?.removeNode(node);
			this.#arm(node);
		} else if (change === "node-not-ready") this.#lose(node);
	}

	/** The machine is gone: its pods go with it. */
	#lose(node: NodeId): void {
		const cell = this.#cell;
		const onLoss: LossRule = this.#options.onLoss;
		for (const pod of [...cell.podsOn(node)]) {
			if (onLoss === "resubmit") cell.requeuePod(pod, "node-lost");
			else cell.endPod(pod, "node-lost");
		}
	}

	/** The node has the taints of what it is short of. */
	#taint(node: NodeId, { memory }: Machine): void {
		const spec = this.#cell.nodes.specs[node]!;
		const before = spec.taints.filter(({ key }) => PRESSURE_KEYS.has(key));
		if (before.length === memory.conditions.length) return;
		const others = spec.taints.filter(({ key }) => !PRESSURE_KEYS.has(key));
		const taints: readonly Taint[] = [...others, ...pressureTaints(memory.conditions)];
		this.#cell.updateNode(node, { ...spec, taints } satisfies NodeSpec);
	}
}

const PRESSURE_KEYS = new Set(pressureTaints(["MemoryPressure", "DiskPressure", "PIDPressure"]).map(({ key }) => key));

/** The containers of a pod, one of them with another size. */
function resizedRun(run: PodRun, name: string, size: ContainerSize): PodRun {
	const { requestMilli, limitMilli, memoryRequestBytes, memoryLimitBytes } = size;
	const containers = run.containers.map((container) => {
		if (container.name !== name) return container;
		const requests = resizedList(container.requests, { cpu: requestMilli, memory: memoryRequestBytes });
		const limits = resizedList(container.limits, { cpu: limitMilli, memory: memoryLimitBytes });
		return { ...container, requests, limits };
	});
	return { ...run, containers };
}

/** What is undefined stays, Infinity goes. */
function resizedList(list: ResourceList, amounts: Readonly<Record<string, number | undefined>>): ResourceList {
	const resized = { ...list };
	for (const [resource, amount] of Object.entries(amounts)) {
		if (amount === Number.POSITIVE_INFINITY) delete resized[resource];
		else if (amount !== undefined) resized[resource] = amount;
	}
	return resized;
}

function admitted({ memory: { conditions } }: Machine, pod: MachinePod): boolean {
	if (conditions.length === 0) return true;
	const [taint] = pressureTaints(["MemoryPressure"]);
	return admitsUnderPressure(conditions, {
		critical: pod.isCritical,
		bestEffort: pod.qos === "BestEffort",
		toleratesMemoryPressure: tolerated(pod.spec.facts.tolerations, taint!),
	});
}
