import type { HostPort } from "../../objects/pod-demands.js";
import type { FilterPlugin } from "../plugin.js";

const REJECTION = {
	plugin: "node-ports",
	reasons: ["node(s) didn't have free ports for the requested pod ports"],
};
const EVERY_ADDRESS = "0.0.0.0";

/** No two pods on a node may take one host port, as Kubernetes' NodePorts. Needs the lists of pods (`Snapshot.trackPods`). */
export const nodePorts: FilterPlugin = {
	name: "node-ports",
	summary: "Turns down nodes on which a host port of the pod is taken.",
	skips: (pod) => (pod.spec.facts.demands?.hostPorts.length ?? 0) === 0,
	accepts(pod, node) {
		const wanted = pod.spec.facts.demands?.hostPorts ?? [];
		for (const { podClass } of node.pods)
			for (const taken of podClass.spec.facts.demands?.hostPorts ?? [])
				if (wanted.some((port) => conflict(port, taken))) return REJECTION;
		return null;
	},
};

/** Whether two pods on one node cannot have both ports. */
export function conflict(a: HostPort, b: HostPort): boolean {
	if (a.port !== b.port || a.protocol !== b.protocol) return false;
	return a.ip === b.ip || a.ip === EVERY_ADDRESS || b.ip === EVERY_ADDRESS;
}
