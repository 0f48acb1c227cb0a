/**
 * Makes groups of nodes larger for pods that have no node, and smaller where nodes are not needed. Source: cluster-autoscaler
 * (core/static_autoscaler.go, loop/trigger.go, core/scaleup, core/scaledown, clusterstate; FAQ.md).
 *
 * Divergence from cluster-autoscaler: a look at the cluster is thought to take a second, whatever its size; a node that fails stays in its group
 * until it is not needed; a node that is there but does not take pods yet is taken for one on its way.
 */
import type { Random, RandomSource } from "../../../engine/random.js";
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { ApiObject } from "../../api-object.js";
import { type ClusterAccess, ClusterView, type PendingPod } from "../../autoscaling/cluster-access.js";
import { RemainingBudgets } from "../../autoscaling/remaining-budgets.js";
import type { WhatIfCluster } from "../../autoscaling/what-if-cluster.js";
import type { Controller, ControllerContext, MakeController, Sync } from "../../controller.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import type { PodDisruptionBudget } from "../../kinds/pod-disruption-budget.js";
import { NOT_READY } from "../../node-bridge.js";
import type { Pod } from "../../pod.js";
import { PodsByNode } from "../pods-by-node.js";
import { estimate } from "./estimate.js";
import { chooseOption } from "./expanders.js";
import { NodeGroup } from "./node-group.js";
import { isToGo, keepNode, Removal } from "./removal.js";
import type { ClusterAutoscalerOptions } from "./schema.js";
import { type Candidate, type Removable, UnneededNodes } from "./unneeded.js";

/** Between two looks at least. */
const LOOK_US = SECOND;

/** The ConfigMap that events about the whole cluster are about. */
const STATUS: ApiObject = {
	kind: "ConfigMap",
	metadata: {
		namespace: "kube-system",
		name: "cluster-autoscaler-status",
		uid: 0,
		resourceVersion: 0,
		generation: 1,
		createdUs: 0,
		deletedUs: null,
		finalizers: [],
		labels: {},
		annotations: {},
		owner: null,
	},
	spec: {},
	status: {},
};

/** The first nodes of its groups are there when this returns. */
export function clusterAutoscaler(
	options: ClusterAutoscalerOptions,
	access: ClusterAccess,
	random: RandomSource,
): MakeController {
	const groups = options.nodeGroups.map(
		(group) => new NodeGroup(group, access.cloud, random.stream(`cluster-autoscaler/${group.name}`)),
	);
	const choice = random.stream("cluster-autoscaler");
	return (context) => new ClusterAutoscaler(context, options, access, groups, choice);
}

/** Its keys: `scan`, and `remove/<node>` for each node that is being given back. */
class ClusterAutoscaler implements Controller {
	readonly name = "cluster-autoscaler";
	readonly workers: number;
	/** --kube-client-qps 5 and --kube-client-burst 10. */
	readonly client = { qps: 5 / 20, burst: 10 / 30 };
	readonly watches: Controller["watches"] = {
		Node: () => this.#changed(),
		PodDisruptionBudget: () => this.#changed(),
		DaemonSet: () => this.#changed(),
		Pod: (change) => {
			this.#pods.changed(change);
			this.#changed();
			const [was, is] = [change.before as Pod | null, change.after as Pod | null];
			if (is !== null && is.status.unschedulable !== "" && (was?.status.unschedulable ?? "") === "") this.#sooner();
		},
	};
	readonly #context: ControllerContext;
	readonly #options: ClusterAutoscalerOptions;
	readonly #access: ClusterAccess;
	readonly #groups: readonly NodeGroup[];
	readonly #choice: Random;
	readonly #view: ClusterView;
	readonly #pods: PodsByNode;
	readonly #unneeded: UnneededNodes;
	readonly #removals = new Map<string, Removal>();
	#started = false;
	/** When it looked last. */
	#lookedUs = Number.NEGATIVE_INFINITY;
	/** Whether anything has happened since the last look. */
	#isNews = true;
	#addedUs = Number.NEGATIVE_INFINITY;
	#deletedUs = Number.NEGATIVE_INFINITY;
	#failedUs = Number.NEGATIVE_INFINITY;

	constructor(
		context: ControllerContext,
		options: ClusterAutoscalerOptions,
		access: ClusterAccess,
		groups: readonly NodeGroup[],
		choice: Random,
	) {
		this.#context = context;
		this.#options = options;
		this.#access = access;
		this.#groups = groups;
		this.#choice = choice;
		this.#view = new ClusterView(access, context.seen);
		this.#pods = PodsByNode.in(context.seen);
		this.#unneeded = new UnneededNodes(options, this.#view);
		this.workers = 1 + options.maxScaleDownParallelism;
	}

	#changed(): void {
		this.#isNews = true;
		if (this.#started) return;
		this.#started = true;
		this.#context.enqueueAfter("scan", this.#options.scanInterval);
	}

	#sooner(): void {
		if (!this.#options.frequentLoopsEnabled) return;
		this.#context.enqueueAfter("scan", Math.max(0, this.#lookedUs + LOOK_US - this.#nowUs));
	}

	*reconcile(key: string): Sync {
		if (key !== "scan") {
			yield* this.#remove(key.slice("remove/".length));
			return;
		}
		this.#lookedUs = this.#nowUs;
		const isNews = this.#isNews;
		this.#isNews = false;
		// Whoever led before may have left nodes that were to go.
		for (const node of this.#nodes())
			if (isToGo(node) && !this.#removals.has(node.metadata.name)) yield* keepNode(node);
		this.#giveUpLate();
		if (this.#isHealthy()) this.#scan(isNews);
		this.#context.enqueueAfter("scan", this.#options.scanInterval);
	}

	get #nowUs(): SimTime {
		return this.#context.clock.nowUs;
	}

	#scan(isNews: boolean): void {
		const nowUs = this.#nowUs;
		const pending = this.#view
			.unschedulable(this.#options.expendablePodsPriorityCutoff)
			.filter(({ object }) => object.metadata.createdUs + this.#options.newPodScaleUpDelay <= nowUs);
		// Where nothing has happened the last answer is still good.
		const looksAgain = isNews || pending.length > 0 || this.#unneeded.recheckUs < nowUs;
		if (looksAgain) {
			const cluster = this.#clusterToBe();
			const helpless = pending.filter((pod) => cluster.putFirst(pod, cluster.openNodes()) < 0);
			if (helpless.length > 0 && this.#scaleUp(helpless, cluster)) {
				this.#sooner();
				return;
			}
			if (this.#options.scaleDownEnabled) {
				const budgets = new RemainingBudgets(this.#budgets());
				this.#unneeded.update(this.#candidates(), { cluster, budgets, nowUs });
			}
		}
		this.#scaleDown();
	}

	/** The nodes as they will be: those on their way are there, those on their way out take nothing. */
	#clusterToBe(): WhatIfCluster {
		const cluster = this.#view.whatIf();
		for (const { metadata, spec } of this.#nodes()) {
			const id = this.#view.nodeNamed(metadata.name);
			if (id === undefined || !spec.taints.some(({ key }) => key === NOT_READY)) continue;
			cluster.close(id);
			this.#addUpcoming(cluster, metadata.name);
		}
		for (const { spec } of this.#access.cloud.ordered) this.#addUpcoming(cluster, spec.name);
		return cluster;
	}

	#addUpcoming(cluster: WhatIfCluster, name: string): void {
		const group = this.#groupOf(name);
		if (group === undefined) return;
		const spec = group.template(name);
		const node = cluster.add(spec);
		for (const daemon of this.#view.daemonsOn(spec)) cluster.put(daemon, node);
	}

	/** Whether a group was made larger. */
	#scaleUp(pods: readonly PendingPod[], cluster: WhatIfCluster): boolean {
		const { maxNodesTotal = Number.POSITIVE_INFINITY, maxNodesPerScaleup, expander } = this.#options;
		const there = [...this.#nodes()].length + [...this.#access.cloud.ordered].length;
		const { options, reasons } = estimate(pods, {
			cluster,
			groups: this.#groups,
			nowUs: this.#nowUs,
			mostNodes: Math.min(maxNodesPerScaleup, maxNodesTotal - there),
			daemonsOn: (node) => this.#view.daemonsOn(node),
		});
		for (const [pod, why] of reasons) {
			const texts = [...why].map(([reason, groups]) => `${groups} ${reason}`).join(", ");
			const message = `pod didn't trigger scale-up: ${texts}`;
			this.#context.event((pod as PendingPod).object, "Normal", "NotTriggerScaleUp", message);
		}
		if (options.length === 0) return false;
		const { group, nodes, pods: helped } = chooseOption(options, expander, this.#choice);
		const [before, after, most] = [group.size, group.size + nodes, group.options.maxSize];
		const set = `Scale-up: setting group ${group.name} size to ${after} instead of ${before} (max: ${most})`;
		this.#say("Normal", "ScaledUpGroup", set);
		group.grow(nodes);
		this.#addedUs = this.#nowUs;
		const message = `pod triggered scale-up: [{${group.name} ${before}->${after} (max: ${most})}]`;
		for (const pod of helped) this.#context.event((pod as PendingPod).object, "Normal", "TriggeredScaleUp", message);
		return true;
	}

	/** Machines that take too long are given up. */
	#giveUpLate(): void {
		const { maxNodeProvisionTime: mostUs } = this.#options;
		const late = [...this.#access.cloud.ordered].filter(({ sinceUs }) => this.#nowUs >= sinceUs + mostUs);
		const failed = new Set<NodeGroup>();
		for (const { spec } of late) {
			const group = this.#groupOf(spec.name);
			if (group === undefined) continue;
			this.#access.cloud.cancel(spec.name);
			group.nodes.delete(spec.name);
			failed.add(group);
		}
		for (const group of failed) {
			const message = `Nodes added to group ${group.name} failed to register within ${inMinutes(mostUs)}`;
			this.#say("Warning", "ScaleUpTimedOut", message);
			group.failed(this.#nowUs, {
				initialUs: this.#options.initialNodeGroupBackoffDuration,
				mostUs: this.#options.maxNodeGroupBackoffDuration,
				forgottenUs: this.#options.nodeGroupBackoffResetTimeout,
			});
		}
	}

	/** Too many nodes that are not ready mean that something else is wrong. */
	#isHealthy(): boolean {
		const nodes = [...this.#nodes()];
		const unready = nodes.filter(({ status }) => status.ready.status !== "True").length;
		const { okTotalUnreadyCount, maxTotalUnreadyPercentage } = this.#options;
		return unready <= okTotalUnreadyCount || unready * 100 <= maxTotalUnreadyPercentage * nodes.length;
	}

	#candidates(): readonly Candidate[] {
		return this.#groups.flatMap((group) =>
			[...group.nodes].flatMap((name) => {
				const node = this.#context.seen.get("Node", nodeKey(name)) as NodeObject | undefined;
				const isOpen = node !== undefined && !this.#removals.has(name);
				return isOpen && !node.spec.taints.some(({ key }) => key === NOT_READY)
					? [{ node, pods: this.#pods.of(name) }]
					: [];
			}),
		);
	}

	/** Starts to give nodes back that have not been needed for long enough. */
	#scaleDown(): void {
		const { scaleDownDelayAfterAdd, scaleDownDelayAfterDelete, scaleDownDelayAfterFailure } = this.#options;
		const nowUs = this.#nowUs;
		if (
			nowUs < this.#addedUs + scaleDownDelayAfterAdd ||
			nowUs < this.#deletedUs + scaleDownDelayAfterDelete ||
			nowUs < this.#failedUs + scaleDownDelayAfterFailure
		)
			return;
		const due = this.#unneeded.all.filter(
			(known) => !this.#removals.has(known.node.metadata.name) && this.#isDue(known),
		);
		// Empty ones go first.
		for (const removable of [...due.filter(({ toMove }) => toMove.length === 0), ...due]) this.#begin(removable);
	}

	#isDue({ node, sinceUs }: Removable): boolean {
		const { scaleDownUnneededTime, scaleDownUnreadyTime } = this.#options;
		const ready = node.status.ready.status === "True";
		return this.#nowUs >= sinceUs + (ready ? scaleDownUnneededTime : scaleDownUnreadyTime);
	}

	#begin(removable: Removable): void {
		const { node, toMove, utilization } = removable;
		const { name } = node.metadata;
		const group = this.#groupOf(name);
		if (group === undefined || this.#removals.has(name)) return;
		const going = [...group.nodes].filter((other) => this.#removals.has(other)).length;
		if (group.size - going <= group.options.minSize) return;
		const drains = [...this.#removals.values()].filter((removal) => removal.drains).length;
		if (this.#removals.size >= this.#options.maxScaleDownParallelism) return;
		if (toMove.length > 0 && drains >= this.#options.maxDrainParallelism) return;
		if (toMove.length === 0) this.#say("Normal", "ScaleDownEmpty", `Scale-down: removing empty node "${name}"`);
		else {
			const names = toMove.map(({ metadata }) => metadata.name).join(",");
			const message = `Scale-down: removing node ${name}, utilization: ${utilization}, pods to reschedule: ${names}`;
			this.#say("Normal", "ScaleDown", message);
		}
		this.#removals.set(name, new Removal(removable, this.#context, this.#options, this.#access.cloud));
		this.#context.enqueue(`remove/${name}`);
	}

	*#remove(name: string): Sync {
		const removal = this.#removals.get(name);
		if (removal === undefined) return;
		const outcome = yield* removal.step((delayUs) => this.#context.enqueueAfter(`remove/${name}`, delayUs));
		if (outcome === "goes-on") return;
		this.#removals.delete(name);
		this.#isNews = true;
		if (outcome === "failed") {
			this.#failedUs = this.#nowUs;
			return;
		}
		this.#deletedUs = this.#nowUs;
		this.#groupOf(name)?.nodes.delete(name);
		if (removal.drains) this.#say("Normal", "ScaleDown", `Scale-down: node ${name} removed with drain`);
		else this.#say("Normal", "ScaleDownEmpty", `Scale-down: empty node ${name} removed`);
	}

	#groupOf(name: string): NodeGroup | undefined {
		return this.#groups.find(({ nodes }) => nodes.has(name));
	}

	#nodes(): Iterable<NodeObject> {
		return this.#context.seen.all("Node").values() as Iterable<NodeObject>;
	}

	#budgets(): Iterable<PodDisruptionBudget> {
		return this.#context.seen.all("PodDisruptionBudget").values() as Iterable<PodDisruptionBudget>;
	}

	/** An event of its own object, which holds nothing else here. */
	#say(type: "Normal" | "Warning", reason: string, message: string): void {
		this.#context.event(STATUS, type, reason, message);
	}
}

/** As Go prints durations: `15m0s`. */
function inMinutes(timeUs: SimTime): string {
	const seconds = Math.floor(timeUs / SECOND);
	const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
	return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds % 60}s`;
}
