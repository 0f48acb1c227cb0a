/**
 * How the pods of a cell take requests.
 *
 * A pod takes requests while it is ready, until it is told to end (SIGTERM, after its preStop hook): from then on it refuses new ones
 * and finishes those that it has. One on a node that is down or that nobody hears of cannot be reached.
 *
 * Its CPUs are those of its limit; without one of its request; without either one. Where nodes are simulated in full it may have
 * all of its node without a limit, and what it gets of that is the machine's word (`MachineShares`).
 *
 * Divergence from Kubernetes: a pod that ceases to be ready refuses, as if it were down; where nodes are not simulated in full a pod without
 * a limit does not use what others on its node leave; init containers are not looked at.
 */
import type { Cell } from "../cell/cell.js";
import { NO_NODE, type NodeId, type PodId } from "../cell/ids.js";
import type { Engine, EventKind } from "../engine/engine.js";
import { SECOND } from "../engine/time.js";
import type { PodServing } from "../objects/arrival.js";
import { preStopUsOf } from "../objects/pod-run.js";
import type { Profile, Stance } from "./service-load.js";

/** Serving as whoever sends the requests says, where pods do not say otherwise. */
export type Serving = Required<PodServing>;

/** Makes the profile of a pod for one sender of requests. */
export type ProfileOf = (pod: PodId) => Profile;

const ONE_CPU = 1000;

export class Pods {
	readonly #cell: Cell;
	readonly #engine: Engine;
	readonly #stopped: EventKind;
	readonly #ready = new Set<PodId>();
	/** Told to go, and still serving: their preStop hooks run. */
	readonly #hooked = new Set<PodId>();
	readonly #silent = new Set<NodeId>();
	/** Where pods were that are gone, as long as somebody asks. */
	readonly #lastNode = new Map<PodId, NodeId>();

	/** `changed` hears of each pod that may take requests in another way from now on. */
	constructor(engine: Engine, cell: Cell, phase: number, changed: (pod: PodId) => void) {
		this.#engine = engine;
		this.#cell = cell;
		this.#stopped = engine.kind("traffic-prestop", phase, (pod) => {
			if (this.#hooked.delete(pod as PodId)) changed(pod as PodId);
		});
		cell.watch({
			podReady: (pod, _node, ready) => {
				if (ready) this.#ready.add(pod);
				else this.#ready.delete(pod);
				changed(pod);
			},
			podLeaving: (pod) => {
				this.#leaves(pod);
				changed(pod);
			},
			podEnded: (pod, node) => {
				this.#goes(pod, node);
				changed(pod);
			},
			podRequeued: (pod, node) => {
				this.#goes(pod, node);
				changed(pod);
			},
			nodeChanged: (node, change) => {
				if (change === "node-silent") this.#silent.add(node);
				else if (change === "node-heard" || change === "node-removed") this.#silent.delete(node);
				else if (change !== "node-ready" && change !== "node-not-ready") return;
				for (const pod of [...cell.podsOn(node)]) changed(pod);
			},
		});
	}

	/** How the pod takes requests now. `profileOf` is asked only of pods that are there. */
	stanceOf(pod: PodId, profileOf: ProfileOf): Stance {
		const gone = !this.#cell.pods.has(pod);
		const node = gone ? NO_NODE : this.#cell.pod(pod).node;
		if (gone || node === NO_NODE) {
			const last = this.#lastNode.get(pod);
			const refuses = last !== undefined && this.#isDown(last) ? "unreachable" : "refused";
			return { refuses, profile: null };
		}
		const view = this.#cell.pod(pod);
		if (this.#isDown(node)) return { refuses: "unreachable", profile: null };
		if (view.phase !== "running" || !this.#ready.has(pod)) return { refuses: "refused", profile: null };
		const takes = view.leaving === null || this.#hooked.has(pod);
		return { refuses: takes ? null : "refused", profile: profileOf(pod) };
	}

	/** Nobody asks about the pod any more. */
	forget(pod: PodId): void {
		this.#lastNode.delete(pod);
	}

	#isDown(node: NodeId): boolean {
		return this.#silent.has(node) || this.#cell.nodes.ready[node] === 0;
	}

	#leaves(pod: PodId): void {
		// One that takes no time over it is gone before everybody has heard that it was told to go.
		if (!this.#cell.pods.has(pod)) return;
		const hookUs = preStopUsOf(this.#cell.pod(pod).arrival.spec.run);
		if (hookUs === 0) return;
		this.#hooked.add(pod);
		this.#engine.schedule(this.#engine.nowUs + hookUs, this.#stopped, pod);
	}

	#goes(pod: PodId, node: NodeId): void {
		this.#ready.delete(pod);
		this.#hooked.delete(pod);
		if (node !== NO_NODE) this.#lastNode.set(pod, node);
	}
}

/** Profiles of pods for one sender: those that are the same are the same object. `cpuMilliOf`: the CPU that a pod has for requests. */
export function profiles(
	cell: Cell,
	{ serving, pathUs }: { readonly serving: Serving; readonly pathUs: number },
	cpuMilliOf: (pod: PodId) => number,
): ProfileOf {
	const known = new Map<string, Profile>();
	return (pod) => {
		const { cpuUs, waitUs, errors } = { ...serving, ...cell.pod(pod).arrival.serving };
		const cpus = cpuMilliOf(pod) / 1000;
		const key = `${cpus}/${cpuUs}/${waitUs}/${errors}`;
		let profile = known.get(key);
		if (profile === undefined) {
			profile = { cpus, workS: cpuUs / SECOND, fixedUs: pathUs + waitUs, errors };
			known.set(key, profile);
		}
		return profile;
	};
}

/** CPU that a pod may use by what it declares, milli-CPU. */
export function declaredCpuMilli(cell: Cell, pod: PodId): number {
	const { arrival, row, node } = cell.pod(pod);
	const { spec } = arrival;
	const run = cell.usage.resized.get(row) ?? spec.run;
	const containers = (run?.containers ?? []).filter(({ kind }) => kind !== "init");
	const limits = containers.map(({ limits }) => limits["cpu"]);
	const limit = limits.length === 0 || limits.includes(undefined) ? 0 : limits.reduce((sum, one) => sum! + one!, 0)!;
	const ofNode = cell.usage.pods.has(row) ? cell.nodes.specs[node]!.allocatable["cpu"] : undefined;
	return limit || ofNode || spec.requests["cpu"] || ONE_CPU;
}
