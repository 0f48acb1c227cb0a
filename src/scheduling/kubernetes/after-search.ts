/** What follows the search for a node: PostFilter where there is none, Permit where there is one. */
import { NO_NODE, type NodeId, type PodId } from "../../cell/ids.js";
import type { Nomination } from "../scheduler.js";
import type { PluginRejection, Search } from "./cycle.js";
import type { Waiting } from "./permits.js";
import type { CycleView, Dismissal } from "./plugin.js";
import { type Draw, type Preemption, preempt, type VainSearch } from "./preemption.js";
import type { Profile } from "./profile.js";

export interface PostFiltered {
	/** Null if nobody looks for victims. */
	readonly preemption: Preemption | null;
	/** The group that is turned down as a whole because the pod has no node, or null. */
	readonly dismisses: Dismissal | null;
	/** What becomes of promises of nodes. */
	readonly nominations: readonly Nomination[];
}

/** What is done when no node was found: the plugins are asked in order, until one finds pods to stop. */
export function postFilter(search: Search, found: VainSearch, draw: Draw): PostFiltered {
	const { profile, view } = search;
	const nominated = view.nominations.nodeOf(view.podId) ?? NO_NODE;
	let preemption: Preemption | null = null;
	let dismissal: Dismissal | null = null;
	for (const { preempts, dismisses } of profile.postFilters) {
		if (preempts !== undefined) preemption = preempt(search, found, preempts, draw);
		if (preemption !== null && preemption.chosen !== null) break;
		dismissal ??= dismisses?.(view) ?? null;
	}
	const nominations = preemption === null ? [] : changesOf(view.podId, nominated, preemption);
	return { preemption, dismisses: dismissal, nominations };
}

/** A pod that stops others is promised their node; one that cannot has no promise any more. */
function changesOf(pod: PodId, nominated: NodeId, { chosen, cleared, forfeits }: Preemption): readonly Nomination[] {
	const changes: Nomination[] = cleared.map((other) => ({ pod: other, node: NO_NODE }));
	if (chosen !== null) changes.push({ pod, node: chosen.node });
	else if (forfeits && nominated !== NO_NODE) changes.push({ pod, node: NO_NODE });
	return changes;
}

/** What Permit says of the pod; `gated` if it may have no node at all. */
export type Permitted =
	| { readonly gated: PluginRejection }
	| { readonly waiting: Waiting | null; readonly allows: string | null; readonly nominations: readonly Nomination[] };

/** Permit: what refuses the node goes before what makes the pod wait. */
export function permissionFor({ permits }: Profile, view: CycleView): Permitted {
	if (permits.length === 0) return ALLOWED;
	let waiting: Waiting | null = null;
	let allows: string | null = null;
	for (const { name, permits: ask } of permits) {
		const permission = ask!(view);
		if (permission.kind === "deny") return { gated: { plugin: name, rejection: permission.rejection } };
		if (permission.kind === "wait") waiting ??= { plugin: name, ...permission };
		else allows ??= permission.group;
	}
	// A pod that waits on a node needs no promise of one.
	const promised = waiting !== null && view.nominations.nodeOf(view.podId) !== undefined;
	return { waiting, allows, nominations: promised ? [{ pod: view.podId, node: NO_NODE }] : [] };
}

const ALLOWED: Permitted = { waiting: null, allows: null, nominations: [] };
