/**
 * One node at work: which containers run there, what each wants and gets of CPU and memory, and when that changes next. Between two
 * calls nothing happens, so a node whose inputs do not change costs nothing; and what has not changed is not looked at.
 *
 * What happens at one instant is one call of `advance`, which tells what became of pods, and then one of `settle`, which divides
 * CPU anew. Between the two the caller tells the cell, and takes pods out that are gone.
 *
 * Divergence from Linux: CPU is a fluid, divided anew only when somebody's wants change; demands change in steps, and memory
 * follows its demand at once, so that a container goes over its limit in one step. Divergence from Kubernetes: a container
 * obeys SIGTERM at once, or after a time that is the same for all of its pod; a pod that ends by time is deleted, as if by its owner.
 */
import type { SimTime } from "../../engine/time.js";
import type { NodeSpec } from "../../objects/spec.js";
import type { PodAction } from "../kubelet/lifecycle.js";
import type { Leaving } from "../termination.js";
import { allocateGpuMemory } from "./gpu-memory.js";
import { MachineColumns } from "./machine-columns.js";
import type { MachineContext } from "./machine-context.js";
import { MachineCpu } from "./machine-cpu.js";
import { MachineMemory } from "./machine-memory.js";
import type { MachineContainer, MachinePod } from "./machine-pod.js";
import { fateOf, type PodOutcome } from "./pod-fate.js";

const NEVER = Number.POSITIVE_INFINITY;
/** Exit codes of containers that died of SIGTERM and SIGKILL. */
const TERMINATED = 128 + 15;
const KILLED = 128 + 9;
/** Of a program that gives up. */
const FAILED = 1;

/** Requests and limits, canonical units; what is absent stays, Infinity is no limit. */
export interface ContainerSize {
	readonly requestMilli?: number;
	readonly limitMilli?: number;
	readonly memoryRequestBytes?: number;
	readonly memoryLimitBytes?: number;
}

export class Machine {
	readonly pods: MachinePod[] = [];
	readonly memory: MachineMemory;
	/** When something happens here next if nobody comes or goes; Infinity for never. */
	nextUs: SimTime = NEVER;
	readonly #node: number;
	readonly #context: MachineContext;
	readonly #cpu: MachineCpu;
	readonly #columns = new MachineColumns();
	readonly #outcomes: PodOutcome[] = [];
	/** Pods that something is due for, or whose usage is written anew. */
	readonly #due: MachinePod[] = [];
	readonly #changed: MachinePod[] = [];
	/** Pods of which a container may want other GPU memory than it has. */
	readonly #allocating: MachinePod[] = [];

	constructor(node: number, spec: NodeSpec, context: MachineContext) {
		const allocatableMilli = (spec.backed ?? spec.allocatable)["cpu"] ?? NEVER;
		this.#node = node;
		this.#context = context;
		this.#cpu = new MachineCpu(allocatableMilli, context.options, this.#columns, context.throttles);
		this.memory = new MachineMemory(node, spec, this.#columns, context);
	}

	/** Takes a pod in, whose first container may start at `beginUs`. */
	add(pod: MachinePod, beginUs: SimTime): void {
		pod.beginUs = beginUs;
		pod.group = this.#cpu.addPod(pod);
		this.#columns.addPod(pod.group, pod);
		this.pods.push(pod);
		this.#touch(pod);
		this.nextUs = Math.min(this.nextUs, beginUs);
	}

	/** Takes a pod out with all that it runs. `advance` must be called now. */
	remove(pod: MachinePod, nowUs: SimTime): void {
		for (const container of pod.containers) {
			if (container.runs) this.#stop(container);
			this.#context.images?.gone(container, nowUs);
		}
		this.#cpu.removePod(pod);
		this.#columns.remove(pod.group);
		this.pods.splice(this.pods.indexOf(pod), 1);
		pod.group = -1;
		if (pod.endedFor === "eviction") this.memory.evicted(nowUs);
		this.nextUs = nowUs;
	}

	/** A pod was told to go. `advance` must be called now. */
	stop(pod: MachinePod, { graceUs, takesUs }: Leaving, nowUs: SimTime): void {
		pod.endedFor ??= "told";
		pod.obeysAfterUs = takesUs;
		this.#act(pod, pod.lifecycle.stop("deleted", nowUs, graceUs), nowUs);
		this.nextUs = nowUs;
	}

	/** Other requests and limits for a container: weight, quota and memory limit move. `advance` must be called now. */
	resize(container: MachineContainer, size: ContainerSize, nowUs: SimTime): void {
		const { pod, group } = container;
		const before = pod.requestMilli;
		container.requestMilli = size.requestMilli ?? container.requestMilli;
		container.limitMilli = size.limitMilli ?? container.limitMilli;
		container.memoryRequestBytes = size.memoryRequestBytes ?? container.memoryRequestBytes;
		container.memoryLimitBytes = size.memoryLimitBytes ?? container.memoryLimitBytes;
		this.#cpu.resize(container, before);
		this.nextUs = nowUs;
		if (!container.runs) return;
		this.#columns.limitBytes[group] = container.memoryLimitBytes;
		this.memory.changed = true;
		this.#want(container, nowUs);
	}

	/** Requests that come to a container want so much CPU from now on, in place of its demand. `advance` must be called now. */
	serve(container: MachineContainer, servedMilli: number, nowUs: SimTime): void {
		container.servedMilli = servedMilli;
		this.nextUs = nowUs;
		if (container.runs) this.#want(container, nowUs);
	}

	/** The image of a container that waits for it is there. `advance` must be called now. */
	imageArrived(container: MachineContainer, nowUs: SimTime): void {
		this.#begin(container, nowUs);
		this.nextUs = nowUs;
	}

	/** Everything that is due up to now. The answer is good until the next call. */
	advance(nowUs: SimTime): readonly PodOutcome[] {
		const columns = this.#columns;
		for (let group = 0; group < columns.size; group++) {
			if (columns.dueUs[group]! > nowUs) continue;
			const container = columns.containers[group]!;
			if (container !== null) this.#containerDue(container, nowUs);
		}
		this.#due.length = 0;
		for (let group = 0; group < columns.size; group++)
			if (columns.dueUs[group]! <= nowUs && columns.pods[group] !== null) this.#due.push(columns.pods[group]!);
		if (this.#due.length > 1) this.#due.sort((a, b) => this.pods.indexOf(a) - this.pods.indexOf(b));
		for (const pod of this.#due) this.#podDue(pod, nowUs);
		// Who is killed may be started again at once, and the others have room then.
		while (this.memory.changed || this.#allocating.length > 0) {
			for (const container of this.memory.settle(this.pods)) this.#kill(container, nowUs);
			for (const pod of this.#allocating.splice(0))
				for (const container of allocateGpuMemory(pod)) this.#failAllocation(container, nowUs);
		}
		for (const { pod, graceUs } of this.memory.check(nowUs, this.pods)) {
			pod.endedFor = "eviction";
			this.#act(pod, pod.lifecycle.stop("evicted", nowUs, graceUs), nowUs);
		}
		const outcomes = [...this.#outcomes];
		this.#outcomes.length = 0;
		return outcomes;
	}

	/** Divides CPU, writes what has changed of what everybody uses, and finds out when something happens next. */
	settle(nowUs: SimTime): void {
		// Pods have gone since, at most: nobody is killed for that.
		this.memory.settle(this.pods);
		this.#grant(nowUs);
		for (const pod of this.#changed) {
			pod.changed = false;
			if (pod.group >= 0) this.#context.usage.pod(pod, this.#columns, nowUs);
		}
		this.#changed.length = 0;
		this.#context.usage.node(this.#node, this.#columns, nowUs);
		let nextUs = this.memory.nextCheckUs;
		const { dueUs, size } = this.#columns;
		for (let group = 0; group < size; group++) if (dueUs[group]! < nextUs) nextUs = dueUs[group]!;
		this.nextUs = nextUs;
	}

	#containerDue(container: MachineContainer, nowUs: SimTime): void {
		container.work(nowUs);
		if (container.isDone(nowUs)) {
			this.#exit(container, 0, nowUs);
			return;
		}
		if (container.obeysUs <= nowUs) {
			this.#exit(container, TERMINATED, nowUs);
			return;
		}
		if (!container.serves && container.hasStartedUp) {
			container.serves = true;
			container.pod.lifecycle.servingChanged(container.index, nowUs);
			this.#touch(container.pod);
		}
		if (container.changeUs <= nowUs) this.#change(container, nowUs);
		this.#columns.changed[container.group] = 1;
	}

	#podDue(pod: MachinePod, nowUs: SimTime): void {
		const { lifecycle } = pod;
		if (pod.beginUs <= nowUs) {
			pod.beginUs = NEVER;
			this.#act(pod, lifecycle.begin(nowUs), nowUs);
		}
		if (lifecycle.nextDueUs <= nowUs)
			this.#act(
				pod,
				lifecycle.advance(nowUs, (i) => pod.containers[i]!.serves),
				nowUs,
			);
		if (pod.endUs <= nowUs) {
			pod.endUs = NEVER;
			pod.endedFor ??= "lifetime";
			this.#act(pod, lifecycle.stop("deleted", nowUs, pod.run.terminationGraceUs), nowUs);
		}
		this.#touch(pod);
	}

	/** Does what the pod's kubelet says. */
	#act(pod: MachinePod, actions: readonly PodAction[], nowUs: SimTime): void {
		for (const action of actions) {
			switch (action.kind) {
				case "start":
					this.#start(pod.containers[action.container]!, action.attempt, nowUs);
					break;
				case "terminate":
					this.#terminate(pod.containers[action.container]!, nowUs);
					break;
				case "kill": {
					const container = pod.containers[action.container]!;
					if (container.runs) this.#exit(container, KILLED, nowUs);
					break;
				}
				case "running":
					if (pod.livesForATime) pod.endUs = nowUs + pod.durationUs;
					this.#outcomes.push({ pod, fate: "started" });
					break;
				case "ready":
					this.#outcomes.push({ pod, fate: action.ready ? "ready" : "not-ready" });
					break;
				case "ended":
					this.#outcomes.push({ pod, fate: fateOf(pod, action.phase) });
			}
		}
		this.#touch(pod);
	}

	#start(container: MachineContainer, attempt: number, nowUs: SimTime): void {
		if (attempt > 0) this.#context.usage.restarted(container, this.#node);
		if (this.#context.images?.wants(this.#node, container, nowUs) ?? true) this.#begin(container, nowUs);
	}

	#begin(container: MachineContainer, nowUs: SimTime): void {
		const { pod, index } = container;
		const group = this.#cpu.addContainer(container);
		container.begin(group, nowUs);
		this.#columns.addContainer(group, container);
		this.#columns.limitBytes[group] = container.memoryLimitBytes;
		this.#wantMemory(container, nowUs);
		this.#useOthers(container);
		this.#want(container, nowUs);
		this.#act(pod, pod.lifecycle.containerStarted(index, nowUs), nowUs);
		if (container.runs && container.isDone(nowUs)) this.#exit(container, 0, nowUs);
	}

	/** SIGTERM: it obeys at once, or goes on for the time that its pod takes over it. */
	#terminate(container: MachineContainer, nowUs: SimTime): void {
		if (!container.runs) return;
		const { obeysAfterUs } = container.pod;
		if (obeysAfterUs === 0) {
			this.#exit(container, TERMINATED, nowUs);
			return;
		}
		container.obeysUs = nowUs + obeysAfterUs;
		this.#columns.changed[container.group] = 1;
	}

	#exit(container: MachineContainer, code: number, nowUs: SimTime): void {
		const { pod, index } = container;
		this.#stop(container);
		this.#context.images?.gone(container, nowUs);
		this.#act(pod, pod.lifecycle.containerExited(index, code, nowUs), nowUs);
	}

	#kill(container: MachineContainer, nowUs: SimTime): void {
		if (!container.runs) return;
		this.#context.usage.oomKilled(container, this.#node);
		container.pod.oomKilled = true;
		this.#exit(container, KILLED, nowUs);
	}

	/** It got no GPU memory, and ends by itself. */
	#failAllocation(container: MachineContainer, nowUs: SimTime): void {
		if (!container.runs) return;
		this.#context.usage.gpuMemoryFailed(container, this.#node);
		container.pod.oomKilled = false;
		this.#exit(container, FAILED, nowUs);
	}

	#stop(container: MachineContainer): void {
		this.#cpu.removeContainer(container);
		this.#columns.remove(container.group);
		container.end();
		this.memory.changed = true;
		this.#useOthers(container);
		const { pod } = container;
		this.#columns.wantGuest(pod);
		this.#touch(pod);
	}

	/** Demands that are due take their new values. */
	#change(container: MachineContainer, nowUs: SimTime): void {
		const { cpu, memory, cache, others } = container;
		if (cpu.nextUs <= nowUs) cpu.advance(nowUs);
		const otherMemory = memory.nextUs <= nowUs || (cache !== null && cache.nextUs <= nowUs);
		if (memory.nextUs <= nowUs) memory.advance(nowUs);
		if (cache !== null && cache.nextUs <= nowUs) cache.advance(nowUs);
		if (otherMemory) this.#wantMemory(container, nowUs);
		if (others !== null && others.nextUs <= nowUs) {
			others.advance(nowUs);
			this.#useOthers(container);
		}
		this.#want(container, nowUs);
	}

	#want(container: MachineContainer, nowUs: SimTime): void {
		const { cpu, memory, cache, others, stalledUs } = container;
		const stalled = stalledUs > nowUs;
		const ownMilli = container.servedMilli ?? Math.min(cpu.value, container.usage.threads * 1000);
		const wantedMilli = stalled ? 0 : ownMilli * container.cpuFactor;
		const changeUs = Math.min(cpu.nextUs, memory.nextUs, cache?.nextUs ?? NEVER, others?.nextUs ?? NEVER);
		container.changeUs = stalled ? Math.min(stalledUs, changeUs) : changeUs;
		this.#cpu.want(container, wantedMilli);
		this.#rewrite(container.pod);
	}

	#wantMemory(container: MachineContainer, nowUs: SimTime): void {
		const { pod, memory, cache, group } = container;
		const bytes = Math.round(memory.value);
		const stallUs = this.memory.stallUs(container, bytes, bytes - this.#columns.wantedBytes[group]!);
		if (stallUs > 0) container.stalledUs = nowUs + stallUs;
		this.#columns.wantedBytes[group] = bytes;
		this.#columns.wantedCacheBytes[group] = cache === null || pod.guest !== null ? 0 : Math.round(cache.value);
		this.memory.changed = true;
		this.#columns.wantGuest(pod);
	}

	/** Who looks after disk, process ids and GPU memory is told that a container began or ceased to run, or wants something else. */
	#useOthers({ pod, group, others }: MachineContainer): void {
		if (others === null) return;
		const { storage, pids, gpuMemory } = others;
		if (storage !== null) {
			if (group >= 0) this.#columns.storageBytes[group] = Math.round(storage.value);
			this.memory.storageChanged = true;
		}
		if (pids !== null) this.memory.pidsChanged = true;
		if (gpuMemory !== null) this.#allocating.push(pod);
	}

	/** Something was done to the pod: when something is due for it is found out anew. */
	#touch(pod: MachinePod): void {
		if (pod.group < 0) return;
		this.#columns.dueUs[pod.group] = Math.min(pod.beginUs, pod.endUs, pod.lifecycle.nextDueUs);
		this.#rewrite(pod);
	}

	/** The pod's usage is written anew when the machine is settled. */
	#rewrite(pod: MachinePod): void {
		if (pod.changed) return;
		pod.changed = true;
		this.#changed.push(pod);
	}

	/** Divides CPU and gives it to the containers: those who get as much as before go on undisturbed. */
	#grant(nowUs: SimTime): void {
		const columns = this.#columns;
		const repaced = this.#cpu.divide();
		const { pace } = this.#cpu;
		const { size, containers, grantedMilli, changed, capMilli } = columns;
		for (let group = 0; group < size; group++) {
			const container = containers[group]!;
			if (container === null) continue;
			if (capMilli[group]! < NEVER && this.#cpu.throttle(container)) this.#rewrite(container.pod);
			const granted = this.#cpu.grantOf(container);
			if (granted === grantedMilli[group] && changed[group] === 0 && !repaced) continue;
			container.work(nowUs);
			container.workMilli = (granted * pace) / container.cpuFactor;
			grantedMilli[group] = granted;
			changed[group] = 0;
			columns.dueUs[group] = Math.min(
				container.changeUs,
				container.endUs,
				container.obeysUs,
				container.workedUs(nowUs),
			);
			this.#rewrite(container.pod);
		}
	}
}
