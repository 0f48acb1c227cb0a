/**
 * DefaultPreemption, the PostFilter of the default profile: when no node was found, look for nodes where stopping pods of lower
 * priority would make room, and choose the one where that does least harm.
 */
import type { NodeId, PodId } from "../../cell/ids.js";
import type { PluginRejection, Search } from "./cycle.js";
import { countReasons, fitMessage } from "./messages.js";
import type { CycleView, PreemptionArgs } from "./plugin.js";
import { lowerPriority, type VictimRules } from "./victim-rules.js";
import { bestCandidates, type Candidate, outranked } from "./victims.js";

export interface Preemption {
	readonly status: "Success" | "Unschedulable" | "Error";
	/** Why there are no victims; "" on success. */
	readonly message: string;
	/** Nodes where it would work. */
	readonly candidates: readonly Candidate[];
	/** Those among which only chance decides. */
	readonly tied: readonly Candidate[];
	/** The victims and their node; null without success. */
	readonly chosen: Candidate | null;
	/** Pods of lower priority that waited for the node and wait no longer. */
	readonly cleared: readonly PodId[];
	/** Whether the pod's own claim to a node, if it has one, is void. */
	readonly forfeits: boolean;
}

/** Draws a whole number below `n`: 0 always, or by chance. */
export type Draw = (n: number) => number;

/** What preemption must know of a search that found no node. */
export interface VainSearch {
	readonly preFilterRejected: PluginRejection | null;
	/** Whether nothing can be found out about nodes, since a PreFilter turned the pod down before others had heard of it. */
	readonly stranded: boolean;
	/** Nodes that fewer pods might make feasible, in order. */
	potential(): readonly NodeId[];
	/** Whether it would not help if the node had fewer pods; so too where nobody has asked. */
	isUnresolvable(node: NodeId): boolean;
	/** Which pods the node would have to give up, or why that is no use. */
	victims(node: NodeId, rules: VictimRules): Candidate | PluginRejection;
}

export function preempt(search: Search, vain: VainSearch, args: PreemptionArgs, draw: Draw): Preemption {
	// The dynamic resources plugin, asked first, finds no state of its own and gives up with an error.
	if (vain.stranded) return failed("Error", "not found", false);
	const { view } = search;
	const rules = (args.rules ?? lowerPriority)(view);
	const refusal = ineligible(view, vain, rules);
	if (refusal !== null) return failed("Unschedulable", `${NO_CLAIMS}${refusal}`, false);
	const { order } = view;
	const potential = vain.potential();
	const wanted = candidatesWanted(potential.length, args);
	const offset = potential.length === 0 || args.fromFirst ? 0 : draw(potential.length);
	const candidates: Candidate[] = [];
	const refused: (readonly string[])[] = [];
	for (let i = 0; i < potential.length; i++) {
		const node = potential[(offset + i) % potential.length]!;
		const found = vain.victims(node, rules);
		if ("plugin" in found) refused.push(found.rejection.reasons);
		else candidates.push(found);
		if (candidates.length >= wanted && candidates.some(({ violations }) => violations === 0)) break;
	}
	if (candidates.length === 0) {
		const reasons = countReasons(refused);
		const rest = order.length - refused.length;
		if (rest > 0) reasons.set("Preemption is not helpful for scheduling", rest);
		return failed("Unschedulable", NO_CLAIMS + fitMessage(order.length, reasons), true);
	}
	const tied = bestCandidates(candidates);
	const chosen = tied[draw(tied.length)]!;
	const cleared = outranked(view, chosen.node);
	return { status: "Success", message: "", candidates, tied, chosen, cleared, forfeits: false };
}

const NO_CLAIMS = "no new claims to deallocate, preemption: ";

function failed(status: "Unschedulable" | "Error", message: string, forfeits: boolean): Preemption {
	return { status, message, candidates: [], tied: [], chosen: null, cleared: [], forfeits };
}

/** Why the pod may not stop others, or null. */
function ineligible(view: CycleView, vain: VainSearch, rules: VictimRules): string | null {
	if (view.pod.spec.facts.demands?.preempts === false) return "not eligible due to preemptionPolicy=Never.";
	const nominated = view.nominations.nodeOf(view.podId);
	if (nominated === undefined || view.nodes.present[nominated] === 0) return null;
	if (vain.isUnresolvable(nominated)) return null;
	const making = view.nodes.placed[nominated]!.some((pod) => pod.leaving === "preempted" && rules.makesRoom(pod));
	return making ? "not eligible due to a terminating pod on the nominated node." : null;
}

function candidatesWanted(nodes: number, args: PreemptionArgs): number {
	const share = Math.floor((nodes * args.minCandidateNodesPercentage) / 100);
	return Math.min(nodes, Math.max(share, args.minCandidateNodesAbsolute));
}
