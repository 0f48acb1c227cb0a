/**
 * Tells the cell which tasks the requests to each service shall go to: what managers and agents gossip to the routing mesh. A task is
 * behind its service from when it runs (is healthy, with a health check) until it has stopped, which is why updates lost requests;
 * later versions take it out when it is to shut down. What was on a node that is down goes when its tasks are to shut down. Source: daemon/cluster/executor/container/controller.go (Shutdown), moby/moby
 * issue 30321 and pull request 31142.
 *
 * Divergence from Docker: the mesh does not find out by itself, sooner than managers, that a node is down; those later versions wait for 2 s between taking a task out and SIGTERM, for gossip to arrive; here SIGTERM
 * comes at once.
 */
import type { ApiServer } from "../../api-server.js";
import type { MakeBackends } from "../../control-plane.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import type { Pod } from "../../pod.js";
import { PodsBehind } from "../../pods-behind.js";
import { isDown } from "./nodes.js";
import { isRunning, serviceNameOf } from "./tasks.js";
import type { SwarmRules } from "./version.js";

export function taskBackends({ outBeforeStop }: SwarmRules): MakeBackends {
	return (cell, server, pods) => {
		const behind = new PodsBehind(cell, pods);
		server.watch(({ kind, before, after }) => {
			if (kind !== "Pod") return;
			const task = (after ?? before) as Pod;
			const told = task.metadata.deletedUs !== null;
			const out = told && (outBeforeStop || isGone(server, task.spec.nodeName));
			behind.set(`${task.metadata.namespace}/${serviceNameOf(task)}`, task, after !== null && isRunning(task) && !out);
		});
	};
}

function isGone(server: ApiServer, name: string): boolean {
	const node = server.get("Node", nodeKey(name)) as NodeObject | undefined;
	return node === undefined || isDown(node);
}
