/**
 * Brings the nodes that pods without one need, each of the cheapest type that will do, and gives nodes up that are not needed, or too old.
 *
 * Source: Karpenter v1 (pkg/controllers/provisioning: batcher.go, provisioner.go; disruption: controller.go, validation.go; nodeclaim/expiration)
 * and its documentation (concepts/disruption).
 *
 * Divergence from Karpenter: nodes do not drift, since pools do not change during a run; budgets have no schedule; nodes are not consolidated
 * while pods wait for nodes or machines are on their way; a plan is validated once, after its 15 s.
 */
import type { RandomSource } from "../../../engine/random.js";
import { MINUTE, SECOND, type SimTime } from "../../../engine/time.js";
import type { ApiChange, ApiResult } from "../../api-server.js";
import { type ClusterAccess, ClusterView, type PendingPod } from "../../autoscaling/cluster-access.js";
import { RemainingBudgets } from "../../autoscaling/remaining-budgets.js";
import type { Controller, ControllerContext, MakeController, Step, Sync } from "../../controller.js";
import { amountOf } from "../../kinds/int-or-percent.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import type { PodDisruptionBudget } from "../../kinds/pod-disruption-budget.js";
import { NOT_READY } from "../../node-bridge.js";
import { isTerminal, type Pod } from "../../pod.js";
import { PodsByNode } from "../pods-by-node.js";
import { type Candidate, type Command, type Consolidation, findCommand, isStillGood } from "./consolidation.js";
import { Fleet, type Machine, nodeOf } from "./fleet.js";
import type { DisruptionReason, KarpenterOptions, NodePool } from "./schema.js";
import { solve } from "./solve.js";
import { DISRUPTED, Termination, taintDisrupted, untaintDisrupted } from "./termination.js";

/** Between two looks at whether nodes are needed, and from a plan until it is looked at again and carried out. */
const POLL_US = 10 * SECOND;
const VALIDATED_US = 15 * SECOND;
/** How long a cluster in which nothing happens is left alone (state.Cluster.ConsolidationState). */
const CONSOLIDATED_US = 5 * MINUTE;
const DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt";

export function karpenter(options: KarpenterOptions, access: ClusterAccess, random: RandomSource): MakeController {
	const fleet = new Fleet(options, access.cloud, random.stream("karpenter"));
	return (context) => new Karpenter(context, access, fleet);
}

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** Its keys: `provision`, `disrupt`, and `terminate/<node>` for each node that goes. */
class Karpenter implements Controller {
	readonly name = "karpenter";
	readonly workers = 10;
	/** --kube-client-qps 200 and --kube-client-burst 300. */
	readonly client = { qps: 10, burst: 10 };
	readonly watches: Controller["watches"] = {
		Node: () => this.#start(),
		DaemonSet: () => this.#start(),
		PodDisruptionBudget: () => this.#start(),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #access: ClusterAccess;
	readonly #fleet: Fleet;
	readonly #view: ClusterView;
	readonly #pods: PodsByNode;
	readonly #terminations = new Map<string, Termination>();
	/** When a pod came to a node, or left it. */
	readonly #stirredUs = new Map<string, SimTime>();
	/** Of pods that wait for a node: when the first and the last of the batch came. */
	#batch: { readonly firstUs: SimTime; lastUs: SimTime } | null = null;
	/** What is to be done if it is still good then. */
	#planned: { readonly command: Command; readonly dueUs: SimTime } | null = null;
	/** What is being done: once the replacement is there, the nodes go. */
	#replacing: { readonly command: Command; readonly by: Machine }[] = [];
	#started = false;
	/** Nothing that is there can be consolidated: good until something happens, or until then. */
	#consolidatedUntilUs = 0;

	constructor(context: ControllerContext, access: ClusterAccess, fleet: Fleet) {
		this.#context = context;
		this.#access = access;
		this.#fleet = fleet;
		this.#view = new ClusterView(access, context.seen);
		this.#pods = PodsByNode.in(context.seen);
	}

	get #nowUs(): SimTime {
		return this.#context.clock.nowUs;
	}

	#start(): void {
		this.#consolidatedUntilUs = 0;
		if (this.#started) return;
		this.#started = true;
		this.#context.enqueueAfter("disrupt", POLL_US);
	}

	#podChanged(change: ApiChange): void {
		this.#start();
		this.#pods.changed(change);
		const [was, is] = [change.before as Pod | null, change.after as Pod | null];
		if (was?.spec.nodeName !== is?.spec.nodeName)
			for (const node of [was?.spec.nodeName, is?.spec.nodeName]) if (node) this.#stirredUs.set(node, this.#nowUs);
		if (is === null || is.status.unschedulable === "" || (was?.status.unschedulable ?? "") !== "") return;
		if (this.#batch === null) this.#batch = { firstUs: this.#nowUs, lastUs: this.#nowUs };
		else this.#batch.lastUs = this.#nowUs;
		this.#context.enqueueAfter("provision", this.#fleet.options.batchIdleDuration);
	}

	*reconcile(key: string): Sync {
		if (key === "provision") this.#provision();
		else if (key === "disrupt") yield* this.#disrupt();
		else yield* this.#terminate(key.slice("terminate/".length));
	}

	/** Once no pod has come for a while, or the first has waited for long enough. */
	#provision(): void {
		const batch = this.#batch;
		if (batch !== null) {
			const { batchIdleDuration, batchMaxDuration } = this.#fleet.options;
			const dueUs = Math.min(batch.lastUs + batchIdleDuration, batch.firstUs + batchMaxDuration);
			if (dueUs > this.#nowUs) {
				this.#context.enqueueAfter("provision", dueUs - this.#nowUs);
				return;
			}
		}
		this.#batch = null;
		const pending = this.#view.unschedulable();
		if (pending.length === 0) return;
		const { claims, helpless } = solve(pending, this.#problem(true));
		for (const { pool, types, pods } of claims) {
			const { name } = this.#fleet.launch(pool, types[0]!, this.#nowUs);
			const message = `Pod should schedule on: nodeclaim/${name}`;
			for (const pod of pods) this.#context.event((pod as PendingPod).object, "Normal", "Nominated", message);
		}
		for (const pod of helpless) {
			const message = `Failed to schedule pod, incompatible with ${this.#fleet.pools.map(({ name }) => `nodepool "${name}"`).join("; incompatible with ")}, no instance type satisfied resources and requirements`;
			this.#context.event((pod as PendingPod).object, "Warning", "FailedScheduling", message);
		}
		// Who was not helped is tried again, as limits and nodes may have changed.
		if (helpless.length > 0) this.#context.enqueueAfter("provision", POLL_US);
	}

	/** The nodes as they are; `upcoming`: with those that are on their way, in the place of those that take no pods yet. */
	#problem(upcoming: boolean) {
		const cluster = this.#view.whatIf();
		const isComing = (name: string) => this.#access.cloud.isOrdered(name) || this.#isNew(name);
		for (const { name, pool, type } of upcoming ? this.#fleet.machines.values() : []) {
			if (!isComing(name)) continue;
			const id = this.#view.nodeNamed(name);
			if (id !== undefined) cluster.close(id);
			const spec = nodeOf(pool, type, name);
			const node = cluster.add(spec);
			for (const daemon of this.#view.daemonsOn(spec)) cluster.put(daemon, node);
		}
		return {
			cluster,
			fleet: this.#fleet,
			daemonsOn: (node: Parameters<ClusterView["daemonsOn"]>[0]) => this.#view.daemonsOn(node),
		};
	}

	#node(name: string): NodeObject | undefined {
		return this.#context.seen.get("Node", nodeKey(name)) as NodeObject | undefined;
	}

	/** Its node is there, and takes no pods yet. */
	#isNew(name: string): boolean {
		return this.#node(name)?.spec.taints.some(({ key }) => key === NOT_READY) === true;
	}

	#isReady(name: string): boolean {
		return this.#node(name)?.status.ready.status === "True" && !this.#isNew(name);
	}

	*#disrupt(): Steps<void> {
		yield* this.#takeOver();
		this.#expire();
		this.#goOnReplacing();
		if (this.#planned === null) this.#plan();
		else if (this.#planned.dueUs <= this.#nowUs) {
			const { command } = this.#planned;
			this.#planned = null;
			yield* this.#carryOut(command);
		}
		// While it waits for a plan to come due it makes no other.
		this.#context.enqueueAfter("disrupt", this.#planned === null ? POLL_US : this.#planned.dueUs - this.#nowUs);
	}

	/** Who led before may have left things half done: nodes that go go on, and plans are forgotten. */
	*#takeOver(): Steps<void> {
		for (const { name } of this.#fleet.machines.values()) {
			const node = this.#node(name);
			if (node === undefined || this.#isGoing(name)) continue;
			if (this.#fleet.going.has(name)) this.#begin(node, "Terminating");
			else if (node.spec.taints.some(({ key }) => key === DISRUPTED.key)) yield* untaintDisrupted(node);
		}
	}

	/** Nodes that are too old go at once, and nobody asks what becomes of their pods. */
	#expire(): void {
		for (const { name, pool, launchedUs } of this.#fleet.machines.values()) {
			const node = this.#node(name);
			if (node !== undefined && this.#nowUs >= launchedUs + pool.expireAfter) this.#begin(node, "Expired");
		}
	}

	#plan(): void {
		if (this.#nowUs < this.#consolidatedUntilUs) return;
		if (this.#view.unschedulable().length > 0 || [...this.#access.cloud.ordered].length > 0) return;
		const command = findCommand(this.#candidates(), this.#consolidation());
		if (command === null) {
			const dueUs = [...this.#fleet.machines.values()]
				.map((machine) => this.#quietUs(machine))
				.filter((atUs) => atUs > this.#nowUs);
			this.#consolidatedUntilUs = Math.min(this.#nowUs + CONSOLIDATED_US, ...dueUs);
			return;
		}
		this.#planned = { command, dueUs: this.#nowUs + VALIDATED_US };
	}

	#consolidation(): Consolidation {
		const budgets = new RemainingBudgets(
			this.#context.seen.all("PodDisruptionBudget").values() as Iterable<PodDisruptionBudget>,
		);
		const allowed = (pool: NodePool, reason: DisruptionReason) => this.#allowed(pool, reason);
		return { view: this.#view, fleet: this.#fleet, nowUs: this.#nowUs, budgets, allowed };
	}

	/** What the budgets of a pool leave, when nodes that go or are not ready are counted (helpers.go: BuildDisruptionBudgetMapping). */
	#allowed(pool: NodePool, reason: DisruptionReason): number {
		const names = this.#fleet
			.of(pool)
			.map(({ name }) => name)
			.filter((name) => this.#node(name) !== undefined);
		const gone = names.filter((name) => this.#isGoing(name) || !this.#isReady(name)).length;
		const amounts = pool.disruption.budgets
			.filter(({ reasons }) => reasons === undefined || reasons.includes(reason))
			.map(({ nodes }) => amountOf(nodes, names.length, "up"));
		return Math.min(names.length, ...amounts) - gone;
	}

	#isGoing(name: string): boolean {
		return (
			this.#terminations.has(name) ||
			this.#replacing.some(({ command }) => command.candidates.some(({ machine }) => machine.name === name))
		);
	}

	/** From when on no pod has come to the node or left it for long enough. */
	#quietUs({ name, pool, launchedUs }: Machine): SimTime {
		return Math.max(launchedUs, this.#stirredUs.get(name) ?? 0) + pool.disruption.consolidateAfter;
	}

	#candidates(): readonly Candidate[] {
		return [...this.#fleet.machines.values()].flatMap((machine) => {
			const { name } = machine;
			const node = this.#node(name);
			if (node === undefined || !this.#isReady(name) || this.#isGoing(name)) return [];
			if (this.#nowUs < this.#quietUs(machine)) return [];
			const there = this.#pods.of(name).filter(({ status }) => !isTerminal(status.phase));
			if (there.some(({ metadata }) => metadata.annotations[DO_NOT_DISRUPT] === "true")) return [];
			return [{ machine, node, pods: movable(there) }];
		});
	}

	/** If it is still good: new nodes first, then the others go. */
	*#carryOut(command: Command): Steps<void> {
		const names = new Set(command.candidates.map(({ machine }) => machine.name));
		const candidates = this.#candidates().filter(({ machine }) => names.has(machine.name));
		if (candidates.length < names.size || this.#view.unschedulable().length > 0) return;
		const current = { ...command, candidates };
		if (!isStillGood(current, this.#consolidation())) return;
		for (const { node } of candidates) yield* taintDisrupted(node);
		if (command.replacement === null) {
			for (const { node } of candidates) this.#begin(node, `${command.reason}/Delete`);
			return;
		}
		const { pool, type } = command.replacement;
		this.#replacing.push({ command: current, by: this.#fleet.launch(pool, type, this.#nowUs) });
	}

	#goOnReplacing(): void {
		const ready = this.#replacing.filter(({ by }) => this.#isReady(by.name));
		this.#replacing = this.#replacing.filter((one) => !ready.includes(one));
		for (const { command } of ready)
			for (const { node } of command.candidates) this.#begin(node, `${command.reason}/Replace`);
	}

	#begin(node: NodeObject, reason: string): void {
		const { name } = node.metadata;
		if (this.#terminations.has(name)) return;
		this.#context.event(node, "Normal", "DisruptionTerminating", `Disrupting Node: ${reason}`);
		const grace = this.#fleet.machines.get(name)?.pool.terminationGracePeriod;
		this.#terminations.set(name, new Termination(node, this.#context, this.#access.cloud, grace));
		this.#fleet.going.add(name);
		this.#context.enqueue(`terminate/${name}`);
	}

	*#terminate(name: string): Steps<void> {
		const termination = this.#terminations.get(name);
		if (termination === undefined) return;
		const there = this.#pods
			.of(name)
			.filter(({ metadata, status }) => !isTerminal(status.phase) && metadata.owner?.kind !== "DaemonSet");
		const delayUs = yield* termination.step(there);
		if (delayUs !== null) {
			this.#context.enqueueAfter(`terminate/${name}`, delayUs);
			return;
		}
		this.#terminations.delete(name);
		this.#fleet.machines.delete(name);
		this.#fleet.going.delete(name);
		this.#stirredUs.delete(name);
	}
}

/** Those of DaemonSets go with the node, and those on their way out have gone already. */
function movable(pods: readonly Pod[]): readonly Pod[] {
	return pods.filter(({ metadata }) => metadata.owner?.kind !== "DaemonSet" && metadata.deletedUs === null);
}
