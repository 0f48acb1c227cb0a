/**
 * The nodes as a scheduler sees them when it decides: a private copy, to which `refresh` brings over only what changed. `assume` takes
 * resources for a placement that is decided and not yet committed, so that the next pod of the decision sees it.
 *
 * Whoever looks at the columns while nobody else does needs no copy of them: `Snapshot.inPlace` is the columns themselves, in
 * which `end` puts back what was assumed. A decision comes out the same.
 */
import type { PodClass } from "../objects/pod-class.js";
import type { Cell } from "./cell.js";
import type { NodeId, PodId } from "./ids.js";
import { NodeColumns, TouchCursor } from "./node-columns.js";
import type { NodeSet } from "./node-set.js";
import { type PlacedPod, placedPod } from "./placed-pod.js";
import type { PodView } from "./pod-view.js";
import type { Placement } from "./transaction.js";

/** Stands for no mask of devices. */
const CHOSEN_HERE = -1;

export class Snapshot {
	readonly cell: Cell;
	readonly nodes: NodeColumns;
	readonly #cursor = new TouchCursor();
	readonly #source: NodeColumns;
	readonly #sees: ((node: NodeId) => boolean) | null;
	/** By node: whether it is left out; holes where nobody has asked. */
	readonly #hidden: boolean[] = [];
	/** Nodes with assumptions; the first `#assumedCount` entries count. */
	readonly #assumed: NodeId[] = [];
	#assumedCount = 0;
	#inPlace = false;
	/** In place: where nodes are noted whose rows somebody else brings up to date, assumptions being left there; null for nobody. */
	#spoiled: NodeSet | null = null;
	/** In place: what is assumed; the first `#standingCount` entries count. Numbers, lest placements live on here. */
	#standing = new Int32Array(3 * 64);
	readonly #classes: PodClass[] = [];
	#standingCount = 0;
	/** Pods that count as gone, and the list of their node before. */
	readonly #stopped: { readonly pod: PlacedPod; readonly node: NodeId; readonly before: readonly PlacedPod[] }[] = [];
	readonly #copy = (node: NodeId): void => {
		const from = this.#source;
		const { version, load, count } = this.nodes;
		if (node >= count || version[node] !== from.version[node] || !load.agrees(from.load, node)) this.#bring(from, node);
	};

	/**
	 * `sees` leaves nodes out for good, as if they were not there: its answer for a node never changes. `source` is what it copies,
	 * where that is not all that the cell has free. `nodes` are given by `inPlace` only.
	 */
	constructor(
		cell: Cell,
		sees: ((node: NodeId) => boolean) | null = null,
		source: NodeColumns = cell.nodes,
		nodes: NodeColumns = new NodeColumns(cell.resources),
	) {
		this.cell = cell;
		this.#sees = sees;
		this.#source = source;
		this.nodes = nodes;
	}

	/**
	 * No copy: the columns are always up to date, and everybody who looks at them sees what is assumed until it is ended. With `spoiled`,
	 * nodes with assumptions are noted there then, for who brings these rows up to date before anybody looks at them again.
	 */
	static inPlace(cell: Cell, nodes: NodeColumns, spoiled: NodeSet | null = null): Snapshot {
		const snapshot = new Snapshot(cell, null, nodes, nodes);
		snapshot.#inPlace = true;
		snapshot.#spoiled = spoiled;
		return snapshot;
	}

	/** Makes the copy equal to the cell again; assumptions are forgotten. */
	refresh(): void {
		if (this.#inPlace) return;
		const from = this.#source;
		for (let i = 0; i < this.#assumedCount; i++) this.#bring(from, this.#assumed[i]!);
		this.#assumedCount = 0;
		this.#stopped.length = 0;
		from.visitTouched(this.#cursor, this.#copy);
		this.nodes.copied(from);
	}

	/** Keeps the lists of pods from now on, here and in the cell: for schedulers that look at pods. */
	trackPods(): void {
		if (this.nodes.tracksPods) return;
		this.cell.trackPods();
		this.nodes.tracksPods = true;
		for (let node = 0; node < this.nodes.count; node++) this.nodes.placed[node] = this.cell.nodes.placed[node]!;
	}

	/** How much has been assumed or withdrawn since it was brought up to date. */
	get assumptions(): number {
		return this.#inPlace ? this.#standingCount : this.#assumedCount;
	}

	/** Whether the pod's requests fit what this copy has free. */
	fits(pod: PodClass, node: NodeId): boolean {
		return this.nodes.fits(pod, node);
	}

	/**
	 * Counts a pod on a node of the copy; the placement is for the transaction. A node where it does not fit is an error. `devices` is a
	 * mask of the GPU devices that it gets; without one `NodeColumns.chooseDevices` chooses.
	 */
	assume(pod: PodView, node: NodeId, devices = CHOSEN_HERE): Placement {
		const { nodes } = this;
		const { podClass } = pod;
		// A node that does not exist is not ready.
		if (nodes.ready[node] !== 1 || !nodes.fits(podClass, node)) this.#refuse(pod, node);
		const mask = devices === CHOSEN_HERE ? nodes.chooseDevices(podClass, node) : devices;
		if (!nodes.devicesFit(podClass, node, mask)) this.#refuseDevices(pod, node, mask);
		nodes.take(podClass, node, mask, 1);
		if (nodes.tracksPods) nodes.enlist(node, placedPod(pod, mask, this.cell.nowUs));
		nodes.notice(node);
		if (this.#inPlace) this.#stand(pod.id, podClass, node, mask);
		else this.#assumed[this.#assumedCount++] = node;
		return { pod: pod.id, node, devices: mask, nodeVersion: nodes.version[node]! };
	}

	#refuse({ name }: PodView, node: NodeId): never {
		if (!(node >= 0 && node < this.nodes.count))
			throw new Error(`pod '${name}' was placed on node ${node}, which does not exist`);
		const why = this.nodes.ready[node] === 0 ? "which is not ready" : "where it does not fit";
		throw new Error(`pod '${name}' was placed on node '${this.nodes.view(node).name}', ${why}`);
	}

	#refuseDevices({ name }: PodView, node: NodeId, mask: number): never {
		const where = `node '${this.nodes.view(node).name}'`;
		throw new Error(`pod '${name}' was given devices (mask ${mask}) of ${where} where it does not fit`);
	}

	#stand(id: PodId, podClass: PodClass, node: NodeId, devices: number): void {
		const at = 3 * this.#standingCount;
		if (at === this.#standing.length) {
			const larger = new Int32Array(2 * at);
			larger.set(this.#standing);
			this.#standing = larger;
		}
		this.#standing[at] = id;
		this.#standing[at + 1] = node;
		this.#standing[at + 2] = devices;
		if (this.#classes[this.#standingCount] !== podClass) this.#classes[this.#standingCount] = podClass;
		this.#standingCount++;
	}

	/**
	 * Counts a pod as gone from its node, to make room for what is assumed next. The cell hears of it from the decision. Lists of pods
	 * must be kept (`trackPods`).
	 */
	stop(pod: PlacedPod, node: NodeId): void {
		this.#stopped.push({ pod, node, before: this.nodes.placed[node]! });
		this.nodes.take(pod.podClass, node, pod.devices, -1);
		this.nodes.delist(node, pod.id);
		this.nodes.notice(node);
		if (!this.#inPlace) this.#assumed[this.#assumedCount++] = node;
	}

	/** Nobody is stopped after all. What was assumed in the room of those that were is to be forgotten next. */
	stopNobody(): void {
		for (let last = this.#stopped.pop(); last !== undefined; last = this.#stopped.pop()) {
			const { pod, node, before } = last;
			this.nodes.take(pod.podClass, node, pod.devices, 1);
			this.nodes.placed[node] = before;
			this.nodes.notice(node);
		}
	}

	/** Takes back assumptions: a gang that did not fit as a whole. */
	forget(placements: readonly Placement[]): void {
		for (const { pod, node, devices } of placements) {
			this.#takeBack(pod, node, devices, this.cell.pod(pod).podClass);
			if (this.#inPlace) this.#dropStanding(pod);
		}
	}

	#dropStanding(pod: PodId): void {
		let at = this.#standingCount - 1;
		while (at > 0 && this.#standing[3 * at] !== pod) at--;
		this.#standing.copyWithin(3 * at, 3 * at + 3, 3 * this.#standingCount);
		this.#classes.splice(at, 1);
		this.#standingCount--;
	}

	/** What was decided on it is decided: assumptions are forgotten, in place at once and in a copy when it is refreshed. */
	end(): void {
		if (this.#spoiled !== null) {
			this.#spoil(this.#spoiled);
			return;
		}
		if (this.#inPlace) this.stopNobody();
		const standing = this.#standing;
		for (let i = 0; i < this.#standingCount; i++)
			this.#takeBack(
				standing[3 * i]! as PodId,
				standing[3 * i + 1]! as NodeId,
				standing[3 * i + 2]!,
				this.#classes[i]!,
			);
		this.#standingCount = 0;
	}

	#spoil(nodes: NodeSet): void {
		for (const { node } of this.#stopped) nodes.add(node);
		for (let i = 0; i < this.#standingCount; i++) nodes.add(this.#standing[3 * i + 1]! as NodeId);
		this.#stopped.length = 0;
		this.#standingCount = 0;
	}

	/**
	 * In place: what is assumed stays counted, since it goes to the cell at once, if it is just these placements, of pods that all wait
	 * (some of `pending`, in its order). True says so (`Transaction.counted`); else nothing changes, and it is to be ended.
	 */
	leave(placements: readonly Placement[], pending: readonly PodId[]): boolean {
		if (!this.#inPlace || this.#standingCount !== placements.length) return false;
		// In lists of pods, those assumed are others than those bound.
		if (this.#stopped.length > 0 || this.nodes.tracksPods) return false;
		const standing = this.#standing;
		for (let i = 0, at = 0; i < placements.length; i++, at++) {
			const { pod, node, devices } = placements[i]!;
			while (at < pending.length && pending[at] !== pod) at++;
			if (at === pending.length) return false;
			if (standing[3 * i] !== pod || standing[3 * i + 1] !== node || standing[3 * i + 2] !== devices) return false;
		}
		this.#standingCount = 0;
		return true;
	}

	#takeBack(pod: PodId, node: NodeId, devices: number, podClass: PodClass): void {
		this.nodes.take(podClass, node, devices, -1);
		if (this.nodes.tracksPods) this.nodes.delist(node, pod);
		this.nodes.notice(node);
	}

	/** A node has failed: it takes no pods until the next refresh, or, in place, until the columns are brought up to date. */
	withdraw(node: NodeId): void {
		this.nodes.ready[node] = 0;
		this.nodes.notice(node);
		if (!this.#inPlace) this.#assumed[this.#assumedCount++] = node;
	}

	/** What a choice comes to if these nodes take no pods. Nothing may be assumed meanwhile. */
	without<Choice>(nodes: Iterable<NodeId>, choose: () => Choice): Choice {
		const hidden = [...nodes].filter((node) => this.nodes.ready[node] === 1);
		const show = (ready: 0 | 1) => {
			for (const node of hidden) {
				this.nodes.ready[node] = ready;
				this.nodes.notice(node);
			}
		};
		show(0);
		const choice = choose();
		show(1);
		return choice;
	}

	pod(id: PodId): PodView {
		return this.cell.pod(id);
	}

	#bring(from: NodeColumns, node: NodeId): void {
		this.nodes.copyNode(from, node);
		if (this.#sees === null) return;
		this.#hidden[node] ??= !this.#sees(node);
		if (this.#hidden[node]) this.nodes.hide(node);
	}
}
