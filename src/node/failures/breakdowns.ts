/**
 * Machines that break down by chance: each by itself, and all of a rack or of a power domain together. Times between failures and
 * times to repair are drawn, each machine and each domain from a stream of its own; the time to the next failure begins with the end of
 * the repair.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import { type DistributionSpec, sampler } from "../../engine/distributions.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { RandomSource } from "../../engine/random.js";
import type { Outages } from "./outages.js";

/** How often something fails and how long it is out, microseconds. */
export interface Breakdown {
	readonly timeBetween: DistributionSpec;
	readonly repair: DistributionSpec;
}

/** Nodes with the same value of a label fail together. */
export interface DomainBreakdown extends Breakdown {
	readonly label: string;
}

export interface BreakdownPhases {
	readonly arriving: number;
	readonly leaving: number;
}

/** A machine or a domain that fails now and then. */
interface Unit {
	readonly kind: "machines" | "domains";
	/** The nodes that fail with it now; null if it is gone for ever. */
	readonly members: () => readonly NodeId[] | null;
	readonly timeBetween: () => number;
	readonly repair: () => number;
	/** Nodes that it has taken out; empty while it is whole. */
	out: readonly NodeId[];
}

export class Breakdowns {
	/** Failures so far. */
	readonly counts = { machines: 0, domains: 0 };
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #outages: Outages;
	readonly #random: RandomSource;
	readonly #fail: EventKind;
	readonly #repair: EventKind;
	readonly #units: Unit[] = [];
	/** `label=value` of the domains there are. */
	readonly #known = new Set<string>();

	constructor(
		engine: Engine,
		cell: Cell,
		phases: BreakdownPhases,
		{ outages, random }: { readonly outages: Outages; readonly random: RandomSource },
	) {
		this.#engine = engine;
		this.#cell = cell;
		this.#outages = outages;
		this.#random = random;
		this.#fail = engine.kind("machines-fail", phases.leaving, (unit) => this.#failed(unit));
		this.#repair = engine.kind("machines-repaired", phases.arriving, (unit) => this.#repaired(unit));
	}

	/** The node may fail by itself, from now on. */
	addNode(node: NodeId, breakdown: Breakdown): void {
		const { nodes } = this.#cell;
		const members = () => (nodes.present[node] === 1 ? [node] : null);
		this.#add("machines", `failures/node/${this.#cell.node(node).name}`, breakdown, members);
	}

	/** The domain of the node may fail, from now on if it was not known; nothing for a node without the label. */
	addDomainOf(node: NodeId, breakdown: DomainBreakdown): void {
		const { label } = breakdown;
		const value = this.#cell.node(node).labels[label];
		if (value === undefined || this.#known.has(`${label}=${value}`)) return;
		this.#known.add(`${label}=${value}`);
		this.#add("domains", `failures/domain/${label}=${value}`, breakdown, () => this.#nodesWith(label, value));
	}

	#add(kind: Unit["kind"], stream: string, { timeBetween, repair }: Breakdown, members: Unit["members"]): void {
		const random = this.#random.stream(stream);
		const unit = { kind, members, timeBetween: sampler(timeBetween, random), repair: sampler(repair, random), out: [] };
		this.#units.push(unit);
		this.#after(unit.timeBetween(), this.#fail, this.#units.length - 1);
	}

	#failed(index: number): void {
		const unit = this.#units[index]!;
		const members = unit.members();
		if (members === null) return;
		unit.out = members;
		this.counts[unit.kind]++;
		for (const node of unit.out) this.#outages.begin(node);
		this.#after(unit.repair(), this.#repair, index);
	}

	#repaired(index: number): void {
		const unit = this.#units[index]!;
		for (const node of unit.out) this.#outages.end(node);
		unit.out = [];
		this.#after(unit.timeBetween(), this.#fail, index);
	}

	#after(us: number, kind: EventKind, index: number): void {
		this.#engine.schedule(this.#engine.nowUs + Math.max(1, Math.round(us)), kind, index);
	}

	/** Machines, not allocs: these go with theirs. */
	#nodesWith(label: string, value: string): readonly NodeId[] {
		const { nodes } = this.#cell;
		const found: NodeId[] = [];
		for (let n = 0; n < nodes.count; n++) {
			const { labels, alloc } = nodes.specs[n]!;
			if (nodes.present[n] === 1 && alloc === undefined && labels[label] === value) found.push(n as NodeId);
		}
		return found;
	}
}
