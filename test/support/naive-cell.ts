/**
 * The cell as anybody would write it first: plain objects, nothing kept that can be computed. The oracle for the columns.
 * Pods are known by name. What is free is summed up anew at each question, from the pods that lie on a node.
 */
import type { EndReason, RequeueReason } from "../../src/cell/changes.js";
import type { Atomicity, ConflictReason, ConflictRule } from "../../src/cell/transaction.js";
import type { NodeSpec, PodSpec } from "../../src/objects/spec.js";

export interface NaivePod {
	readonly name: string;
	readonly spec: PodSpec;
	readonly job: NaiveJob;
	phase: "pending" | "bound" | "running" | "ended";
	node: NaiveNode | null;
	devices: readonly number[];
	requeues: number;
	startedOnce: boolean;
}

export interface NaiveJob {
	readonly name: string;
	readonly pods: NaivePod[];
	/** Waiting pods in the order in which they began to wait. */
	pending: NaivePod[];
}

export interface NaiveNode {
	readonly index: number;
	readonly spec: NodeSpec;
	ready: boolean;
	present: boolean;
	/** Latest binding first. */
	pods: NaivePod[];
	changes: number;
}

export interface NaivePlacement {
	readonly pod: NaivePod;
	readonly node: NaiveNode;
	readonly devices: readonly number[];
	/** `changes` of the node when the decision was made. */
	readonly seenChanges: number;
}

export interface NaiveCommit {
	readonly placements: readonly NaivePlacement[];
	readonly preemptions: readonly NaivePod[];
	readonly rule: ConflictRule;
	readonly atomicity: Atomicity;
}

export class NaiveCell {
	readonly nodes: NaiveNode[] = [];
	readonly jobs: NaiveJob[] = [];
	/** Most pods ever alive at one time. */
	peak = 0;
	/** What should have been announced, in words. */
	readonly feed: string[] = [];

	/** Pods alive, in order of submission. */
	get pods(): NaivePod[] {
		return this.jobs.flatMap((job) => job.pods).filter((pod) => pod.phase !== "ended");
	}

	addNode(spec: NodeSpec): void {
		const node = { index: this.nodes.length, spec, ready: true, present: true, pods: [], changes: 1 };
		this.nodes.push(node);
		this.feed.push(`node ${node.index} node-added`);
	}

	setReady(node: NaiveNode, ready: boolean): void {
		if (!node.present || node.ready === ready) return;
		node.ready = ready;
		node.changes++;
		this.feed.push(`node ${node.index} ${ready ? "node-ready" : "node-not-ready"}`);
	}

	removeNode(node: NaiveNode): void {
		node.ready = false;
		node.present = false;
		node.changes++;
		this.feed.push(`node ${node.index} node-removed`);
	}

	submit(name: string, specs: readonly PodSpec[]): NaiveJob {
		const job: NaiveJob = { name, pods: [], pending: [] };
		specs.forEach((spec, i) => {
			job.pods.push({
				name: `${name}-${i}`,
				spec,
				job,
				phase: "pending",
				node: null,
				devices: [],
				requeues: 0,
				startedOnce: false,
			});
		});
		job.pending = [...job.pods];
		this.jobs.push(job);
		this.peak = Math.max(this.peak, this.pods.length);
		this.feed.push(`submitted ${name}`);
		return job;
	}

	/** Conflicts in order, as "pod reason"; accepted pods by name. */
	commit({ placements, preemptions, rule, atomicity }: NaiveCommit): { accepted: string[]; conflicts: string[] } {
		const accepted: NaivePlacement[] = [];
		const conflicts: string[] = [];
		for (const placement of placements) {
			const reason = this.#conflict(placement, accepted, preemptions, rule);
			if (reason === null) accepted.push(placement);
			else conflicts.push(`${placement.pod.name} ${reason}`);
			if (reason !== null && atomicity === "all-or-nothing") return { accepted: [], conflicts };
		}
		const words: string[] = [];
		for (const pod of preemptions) words.push(this.#displace(pod, "preempted"));
		for (const { pod, node, devices } of accepted) {
			pod.phase = "bound";
			pod.node = node;
			pod.devices = devices;
			node.pods.unshift(pod);
			node.changes++;
			pod.job.pending = pod.job.pending.filter((other) => other !== pod);
			words.push(`bound ${pod.name} ${node.index}`);
		}
		this.feed.push(...words);
		return { accepted: accepted.map(({ pod }) => pod.name), conflicts };
	}

	start(pod: NaivePod): void {
		pod.phase = "running";
		this.feed.push(`started ${pod.name} ${pod.node!.index}`);
		if (pod.startedOnce) return;
		pod.startedOnce = true;
		if (pod.job.pods.every((other) => other.startedOnce)) this.feed.push(`fully started ${pod.job.name}`);
	}

	end(pod: NaivePod, reason: EndReason): void {
		this.feed.push(`ended ${pod.name} ${pod.node?.index ?? -1} ${reason}`);
		if (pod.node) this.#leave(pod);
		pod.job.pending = pod.job.pending.filter((other) => other !== pod);
		pod.phase = "ended";
		if (pod.job.pods.every((other) => other.phase === "ended")) this.feed.push(`job ended ${pod.job.name}`);
	}

	requeue(pod: NaivePod, reason: RequeueReason): void {
		this.feed.push(this.#displace(pod, reason));
	}

	/** What is free of a resource, after `taken` has been placed and `gone` has left. */
	free(
		node: NaiveNode,
		resource: string,
		taken: readonly NaivePlacement[] = [],
		gone: readonly NaivePod[] = [],
	): number {
		if (!node.present) return 0;
		const specs = node.pods.filter((pod) => !gone.includes(pod)).map((pod) => pod.spec);
		for (const placement of taken) if (placement.node === node) specs.push(placement.pod.spec);
		return specs.reduce((left, spec) => left - requestOf(spec, resource), allocatableOf(node.spec, resource));
	}

	/** Milli free on a device. */
	deviceFree(
		node: NaiveNode,
		device: number,
		taken: readonly NaivePlacement[] = [],
		gone: readonly NaivePod[] = [],
	): number {
		if (device >= (node.spec.gpu?.count ?? 0)) return 0;
		let free = 1000;
		for (const pod of node.pods) if (!gone.includes(pod) && pod.devices.includes(device)) free -= pod.spec.gpu!.milli;
		for (const { pod, node: on, devices } of taken)
			if (on === node && devices.includes(device)) free -= pod.spec.gpu!.milli;
		return free;
	}

	#conflict(
		{ pod, node, devices, seenChanges }: NaivePlacement,
		taken: readonly NaivePlacement[],
		gone: readonly NaivePod[],
		rule: ConflictRule,
	): ConflictReason | null {
		if (pod.phase !== "pending" || taken.some((other) => other.pod === pod)) return "pod-gone";
		if (!node.ready) return "node-gone";
		if (rule === "node-version" && node.changes !== seenChanges) return "node-changed";
		const { spec } = pod;
		const resources = ["cpu", "memory", "pods", "gpu", ...Object.keys(spec.requests)];
		if (resources.some((name) => this.free(node, name, taken, gone) < requestOf(spec, name))) return "no-longer-fits";
		if (devices.some((device) => this.deviceFree(node, device, taken, gone) < spec.gpu!.milli)) return "no-longer-fits";
		if (spec.gpu === null) return null;
		const fitting = Array.from({ length: 31 }, (_, d) => this.deviceFree(node, d, taken, gone));
		return fitting.filter((free) => free >= spec.gpu!.milli).length >= spec.gpu.count ? null : "no-longer-fits";
	}

	#displace(pod: NaivePod, reason: RequeueReason): string {
		const node = pod.node!;
		this.#leave(pod);
		pod.phase = "pending";
		pod.requeues++;
		pod.job.pending.push(pod);
		return `requeued ${pod.name} ${node.index} ${reason}`;
	}

	#leave(pod: NaivePod): void {
		const node = pod.node!;
		node.pods = node.pods.filter((other) => other !== pod);
		node.changes++;
		pod.node = null;
		pod.devices = [];
	}
}

function requestOf(spec: PodSpec, resource: string): number {
	if (resource === "pods") return 1;
	if (resource === "gpu") return spec.gpu ? spec.gpu.count * spec.gpu.milli : 0;
	return spec.requests[resource] ?? 0;
}

function allocatableOf(spec: NodeSpec, resource: string): number {
	if (resource === "pods") return spec.allocatable["pods"] ?? 110;
	if (resource === "gpu") return 1000 * (spec.gpu?.count ?? 0);
	return spec.allocatable[resource] ?? 0;
}
