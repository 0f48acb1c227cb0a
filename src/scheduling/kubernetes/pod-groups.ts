/**
 * What is known of pod groups, those of Workloads among them: how many pods there are of each, how many have a node, and which groups were turned down as a
 * whole (pkg/coscheduling/core/core.go).
 *
 * Divergence from Coscheduling: a group that was turned down is not tried again before something happens that may help one of its
 * pods. In the original its pods stir each other (the first that finds a node activates its siblings), over and over, which
 * comes to the same and would go round for ever where decisions take no time. Pods that have ended are gone: they do not count among
 * those of their group, where the API server still lists them.
 */
import type { Cell } from "../../cell/cell.js";
import type { PodId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { SimTime } from "../../engine/time.js";
import { gangOf } from "../../objects/gang.js";
import { PlacedCensus } from "./placed-census.js";
import type { Dismissal } from "./plugin.js";

interface Standing {
	/** Pods that there are, with a node or without. */
	readonly pods: Set<PodId>;
	/** When its first pod came. */
	readonly sinceUs: SimTime;
	/** Pods with a node, assumed ones included. */
	assigned: number;
	/** The plugins for which it was turned down as a whole; null if it was not, or something has happened since. */
	turnedDown: readonly string[] | null;
	/** Until when it is not tried at all. */
	backsOffUntilUs: SimTime;
	/** Until when its `minResources` need not be looked for again. */
	permittedUntilUs: SimTime;
}

export class PodGroups {
	readonly #standings = new Map<string, Standing>();
	readonly #census = new PlacedCensus({
		restart: () => {
			for (const standing of this.#standings.values()) standing.assigned = 0;
		},
		moved: ({ podClass }, change) => {
			const group = gangOf(podClass.spec.facts);
			if (group !== null) this.#standing(group).assigned += change;
		},
	});
	#cell: Cell | null = null;

	/** Takes in what changed since the last call; from the first one on hears what becomes of pods. */
	follow(cell: Cell, nodes: NodeColumns): void {
		this.watch(cell);
		this.#census.follow(nodes);
	}

	watch(cell: Cell): void {
		if (this.#cell === cell) return;
		this.#cell = cell;
		this.#add(cell.pods.all());
		cell.watch({
			jobSubmitted: ({ pending }) => this.#add(pending),
			jobGrown: ({ pending }) => this.#add(pending),
			// One that was there from the start is heard of only now.
			podBound: (pod) => this.#add([pod]),
			podEnded: (pod) => this.#standingOf(pod)?.pods.delete(pod),
		});
	}

	/** The pods of a group, in order of arrival. */
	pods(group: string): ReadonlySet<PodId> {
		return this.#standings.get(group)?.pods ?? NO_PODS;
	}

	/** When the first pod of the group came; `nowUs` if none has. */
	sinceUs(group: string, nowUs: SimTime): SimTime {
		return this.#standings.get(group)?.sinceUs ?? nowUs;
	}

	/** Pods of the group that have a node, assumed ones included, as of `follow`. */
	assigned(group: string): number {
		return this.#standings.get(group)?.assigned ?? 0;
	}

	/** Whether the group was turned down as a whole lately. */
	failed(group: string, nowUs: SimTime): boolean {
		const standing = this.#standings.get(group);
		return standing !== undefined && (standing.turnedDown !== null || nowUs < standing.backsOffUntilUs);
	}

	/** Plugins that turned down one pod of the group, and so all of it: its other pods wait for what helps that one. */
	causes(group: string): readonly string[] {
		return this.#standings.get(group)?.turnedDown ?? NO_PLUGINS;
	}

	/** The group is turned down as a whole since these plugins found no node for one of its pods. */
	turnDown({ group, backoffUs }: Dismissal, causes: readonly string[], nowUs: SimTime): void {
		const standing = this.#standing(group);
		standing.permittedUntilUs = 0;
		if (backoffUs === null) return;
		// Its other pods are turned down for that, and no more is known of them.
		standing.turnedDown ??= causes;
		if (nowUs >= standing.backsOffUntilUs) standing.backsOffUntilUs = nowUs + backoffUs;
	}

	/** Something has happened that may help one of its pods. */
	stir(group: string): void {
		const standing = this.#standings.get(group);
		if (standing !== undefined) standing.turnedDown = null;
	}

	permitted(group: string, nowUs: SimTime): boolean {
		return nowUs < (this.#standings.get(group)?.permittedUntilUs ?? 0);
	}

	/** What the group needs at least was free; it is taken for granted for a while. */
	permit(group: string, untilUs: SimTime): void {
		this.#standing(group).permittedUntilUs = untilUs;
	}

	/** What the group needs at least is to be looked for again. */
	revoke(group: string): void {
		this.#standing(group).permittedUntilUs = 0;
	}

	#add(pods: Iterable<PodId>): void {
		for (const pod of pods) this.#standingOf(pod)?.pods.add(pod);
	}

	#standingOf(pod: PodId): Standing | undefined {
		const group = gangOf(this.#cell!.pod(pod).podClass.spec.facts);
		return group === null ? undefined : this.#standing(group);
	}

	#standing(group: string): Standing {
		let standing = this.#standings.get(group);
		if (standing === undefined) {
			const fresh = { assigned: 0, turnedDown: null, backsOffUntilUs: 0, permittedUntilUs: 0 };
			standing = { pods: new Set(), sinceUs: this.#cell?.nowUs ?? 0, ...fresh };
			this.#standings.set(group, standing);
		}
		return standing;
	}
}

const NO_PODS: ReadonlySet<PodId> = new Set();
const NO_PLUGINS: readonly string[] = [];
