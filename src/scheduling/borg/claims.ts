/** Promises of machines: a task that has stopped others and waits until they have left keeps its room against lower priorities. */
import type { NodeId, PodId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { Nominations } from "../../cell/nominations.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import { Trial } from "../../cell/trial.js";
import type { PodClass } from "../../objects/pod-class.js";

/** What one pod has to leave to others. */
export interface Claims {
	/** Nodes that anybody waits for. */
	readonly nodes: readonly NodeId[];
	/** Pods that wait for a node and go before this one there. */
	on(node: NodeId): readonly PlacedPod[];
}

const NOBODY: readonly PlacedPod[] = [];
const NO_CLAIMS: Claims = { nodes: [], on: () => NOBODY };

/** What pods of this class leave to those of higher priority; `decided` has been dealt with since, and waits no longer. */
export function claimsBefore(pod: PodClass, nominations: Nominations, decided: ReadonlySet<PodId>): Claims {
	if (nominations.empty) return NO_CLAIMS;
	const { priority } = pod.spec.facts;
	return {
		nodes: [...nominations.nodes],
		on: (node) =>
			nominations.on(node).filter(({ id, podClass }) => podClass.spec.facts.priority > priority && !decided.has(id)),
	};
}

/** What holds on the node while those who go before are counted there. */
export function besides<Answer>(claims: Claims, nodes: NodeColumns, node: NodeId, ask: () => Answer): Answer {
	const claimants = claims.on(node);
	if (claimants.length === 0) return ask();
	const trial = new Trial(nodes, node);
	for (const claimant of claimants) trial.add(claimant);
	const answer = ask();
	trial.end();
	return answer;
}

/** Pods of lower priority that wait for the node: they lose their claim to it. */
export function outranked(pod: PodClass, node: NodeId, nominations: Nominations): readonly PodId[] {
	const { priority } = pod.spec.facts;
	return nominations
		.on(node)
		.filter(({ podClass }) => podClass.spec.facts.priority < priority)
		.map(({ id }) => id);
}
