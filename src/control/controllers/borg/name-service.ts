/**
 * Tells the cell which tasks of a job its clients know of: what the Borgmaster writes into Chubby under the Borg name (BNS) of each task.
 * Clients look there for endpoints, and load balancers for the health of tasks, which is written whenever it changes. A task that gets its
 * notice is to decline new requests from then on; those of a machine that is down go when the Borgmaster gives them up. Source: Borg paper,
 * sections 2.3 and 2.6.
 *
 * Divergence from Borg: the paper does not say how long it takes until clients have heard; that is the delay of the proxies of
 * `spec.traffic`, each of which stands for some clients. They deal requests out evenly; load balancers over cells are not there.
 */
import type { MakeBackends } from "../../control-plane.js";
import type { Pod } from "../../pod.js";
import { PodsBehind } from "../../pods-behind.js";

export const nameService: MakeBackends = (cell, server, pods) => {
	const behind = new PodsBehind(cell, pods);
	server.watch(({ kind, before, after }) => {
		if (kind !== "Pod") return;
		const task = (after ?? before) as Pod;
		const { owner, namespace, deletedUs } = task.metadata;
		if (owner?.kind === "BorgJob")
			behind.set(`${namespace}/${owner.name}`, task, after !== null && task.status.ready && deletedUs === null);
	});
};
