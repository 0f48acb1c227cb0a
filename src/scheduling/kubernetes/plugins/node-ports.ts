import type { PodClass } from "../../../objects/pod-class.js";
import type { HostPort } from "../../../objects/pod-demands.js";
import { nodePorts } from "../../plugins/index.js";
import { conflict } from "../../plugins/node-ports.js";
import type { PlainPlugin } from "../plugin-definition.js";
import { localFilter } from "./local-filter.js";

/** Host ports. A pod that leaves helps if it had one of the wanted. */
export const NodePorts: PlainPlugin = {
	name: "NodePorts",
	summary: "Turns down nodes on which a host port of the pod is taken.",
	looksAt: "node",
	filter: localFilter(nodePorts),
	wakes(event, pod) {
		if (event.kind === "node-added" || event.kind === "node-taints") return true;
		return (
			event.kind === "pod-removed" && portsOf(event.pod).some((port) => portsOf(pod).some((p) => conflict(port, p)))
		);
	},
};

function portsOf({ spec: { facts } }: PodClass): readonly HostPort[] {
	return facts.demands?.hostPorts ?? [];
}
