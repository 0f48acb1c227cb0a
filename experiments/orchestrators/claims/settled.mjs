/** What runs say of an application, whatever orchestrator runs it, and which one that is. */

/** `swarm 17.05`. */
export function orchestratorOf({ variant: { orchestrator: o } }) {
	return `${o.name} ${o.version}`;
}

/** Objects that count the instances of an application: Deployments, services, apps. Those that they are made of count, too. */
const PARTS = new Set(["ReplicaSet"]);

/**
 * Microseconds from `atUs` until the application is seen to have `target` ready instances, all of what is declared now, for the rest of
 * the run; NaN if it never has.
 */
export function settledUs(run, target, atUs) {
	const column = (name) => run.tables.get("replicas").get(name);
	const [times, kinds, ready, updated] = ["time_us", "kind", "ready", "updated"].map(column);
	let sinceUs = Number.NaN;
	for (let i = 0; i < times.length; i++) {
		if (PARTS.has(kinds[i]) || times[i] < atUs) continue;
		if (Number(ready[i]) !== target || Number(updated[i]) !== target) sinceUs = Number.NaN;
		else if (Number.isNaN(sinceUs)) sinceUs = Number(times[i]);
	}
	return sinceUs - atUs;
}

/** The most ready instances from `atUs` on. */
export function mostReady(run, atUs) {
	const column = (name) => run.tables.get("replicas").get(name);
	const [times, kinds, ready] = ["time_us", "kind", "ready"].map(column);
	return Math.max(...Array.from(ready, (count, i) => (PARTS.has(kinds[i]) || times[i] < atUs ? 0 : Number(count))));
}

/** Instances that run at the end, by node in the order of the nodes' names, but for one node; and how many have none. */
export function spreadOf(run, without = "") {
	const [nodes, outcomes] = ["node", "outcome"].map((name) => run.tables.get("pods").get(name));
	const counts = new Map();
	let pending = 0;
	for (let i = 0; i < outcomes.length; i++) {
		if (outcomes[i] === "pending") pending++;
		else if (outcomes[i] === "running" && nodes[i] !== without) counts.set(nodes[i], (counts.get(nodes[i]) ?? 0) + 1);
	}
	const spread = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
	return { spread, pending };
}
