/** What is recorded of nodes and namespaces. */
import { type Namespace, phaseOf } from "../../../src/control/kinds/namespace.js";
import type { NodeObject } from "../../../src/control/kinds/node.js";
import type { Raw } from "./golden.js";

const ZONE = "topology.kubernetes.io/zone";

export const NODE_FIELDS: Readonly<Record<string, (object: never) => Raw>> = {
	Node: ({ metadata, spec, status }: NodeObject) => ({
		ready: `${status.ready.status}/${status.ready.reason}`,
		taints: spec.taints.map(({ key, effect }) => `${key.replace("node.kubernetes.io/", "")}:${effect}`).sort(),
		cordon: spec.unschedulable || undefined,
		zone: metadata.labels[ZONE],
	}),
	Namespace: (namespace: Namespace) => ({
		phase: phaseOf(namespace),
		del: namespace.metadata.deletedUs === null ? undefined : true,
	}),
};
