/**
 * Applies an overcommit policy to a cell: what is submitted counts for what the policy says, nodes offer what it says, and a
 * review from time to time changes what they offer.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { JobArrival } from "../../objects/arrival.js";
import type { NodeSpec, PodSpec } from "../../objects/spec.js";
import type { OvercommitPolicy, Review } from "./policy.js";

/** Changes of an offer smaller than this share of the node are not announced: they would wake every scheduler. */
const RESOLUTION = 0.005;

export class Overcommit {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #policy: OvercommitPolicy;
	readonly #reviewed: EventKind;
	/** By node: what it offers when nothing is reclaimed. */
	readonly #plainCpu: number[] = [];
	readonly #plainMemory: number[] = [];
	/** By what was submitted: the spec that counts as the policy says. */
	readonly #charged = new WeakMap<PodSpec, PodSpec>();

	/** Must be made before any node is added. Reviews happen in `phase`. */
	constructor(engine: Engine, cell: Cell, phase: number, policy: OvercommitPolicy) {
		this.#engine = engine;
		this.#cell = cell;
		this.#policy = policy;
		const { review } = policy;
		this.#reviewed = engine.kind("overcommit-review", phase, () => this.#reviewAll(review!));
		cell.watch({
			nodeChanged: (node, change) => {
				if (change !== "node-added") return;
				const { cpu = 0, memory = 0 } = cell.nodes.specs[node]!.allocatable;
				this.#plainCpu[node] = cpu;
				this.#plainMemory[node] = memory;
			},
			jobSubmitted: () => this.#arm(),
		});
	}

	/** A node as it is to be added. */
	node(spec: NodeSpec): NodeSpec {
		const { offer } = this.#policy;
		return offer === undefined ? spec : { ...spec, backed: spec.allocatable, allocatable: offer(spec) };
	}

	/** A job as it is to be submitted. */
	job(job: JobArrival): JobArrival {
		const { charge } = this.#policy;
		if (charge === undefined) return job;
		return { ...job, pods: job.pods.map((pod) => ({ ...pod, spec: this.#chargedSpec(pod.spec, charge) })) };
	}

	#chargedSpec(spec: PodSpec, charge: NonNullable<OvercommitPolicy["charge"]>): PodSpec {
		let charged = this.#charged.get(spec);
		if (charged === undefined) {
			charged = { ...spec, requests: charge(spec) };
			this.#charged.set(spec, charged);
		}
		return charged;
	}

	#armed = false;

	/** The next review is at a multiple of the period, as long as there are pods. */
	#arm(): void {
		const { review } = this.#policy;
		if (review === undefined || this.#armed) return;
		this.#armed = true;
		const { nowUs } = this.#engine;
		this.#engine.schedule((Math.floor(nowUs / review.periodUs) + 1) * review.periodUs, this.#reviewed, 0);
	}

	#reviewAll(review: Review): void {
		const { nodes, pods } = this.#cell;
		this.#armed = false;
		review.observe();
		for (let n = 0; n < nodes.count; n++) if (nodes.present[n] === 1) this.#reviewNode(n as NodeId, review);
		if (pods.live > 0) this.#arm();
	}

	#reviewNode(node: NodeId, review: Review): void {
		const spec = this.#cell.nodes.specs[node]!;
		const { cpuMilli, memoryBytes } = review.reclaimable(node);
		const cpu = this.#plainCpu[node]! + Math.floor(cpuMilli);
		const memory = this.#plainMemory[node]! + Math.floor(memoryBytes);
		const { cpu: offeredCpu = 0, memory: offeredMemory = 0 } = spec.allocatable;
		const moved =
			Math.abs(cpu - offeredCpu) > RESOLUTION * this.#plainCpu[node]! ||
			Math.abs(memory - offeredMemory) > RESOLUTION * this.#plainMemory[node]!;
		if (!moved) return;
		const { backed = spec.allocatable } = spec;
		this.#cell.updateNode(node, { ...spec, backed, allocatable: { ...spec.allocatable, cpu, memory } });
	}
}
