import { pick, quantile, text } from "../../lib/measure.mjs";

/** When the nodes fall silent, and when they are heard of again. */
const SILENT_S = 60;
const HEARD_S = 14 * 60;
/** Where the pods of silent nodes are few enough for the controllers' 20 requests a second. */
const FEW = ["one node", "half a zone", "60 % of a small zone"];
/** What the pods of each kind tolerate. */
const TOLERATED_S = { brief: 0, half: 30, web: 300 };
const LARGE = "60 % of a large zone";

export const nodeFailure = {
	id: "node-failure",
	name: "node-failure",
	title: "E32: nodes that fall silent",
	tables: ["pods", "object_events"],
	claims: [
		{
			id: "not-ready",
			claim: "A node is NotReady 40 to 55 s after it fell silent, on the 5 s grid of the monitor",
			published: "40 to 55 s: within 50 to 55 s of the last heartbeat (defaults of v1.34)",
			label: "verifies",
			measure({ runs }) {
				const times = FEW.flatMap((silent) => pick(runs, { silent }).flatMap(notReady));
				const [first, last] = [Math.min(...times), Math.max(...times)];
				// A pass takes 2 ms beside its requests, and the last are some passes late by then.
				return {
					measured: `${text(first)} to ${text(last)} s, ${times.length} nodes`,
					holds: first >= 40 && last <= 55.3,
				};
			},
		},
		{
			id: "tolerations",
			claim: "Pods go when they have tolerated the taint: after 300 s by default, after 30 s if that is what they say",
			published: "exactly (pkg/controller/tainteviction; recorded: 300.07 s and 30.03 s)",
			label: "verifies",
			measure({ runs }) {
				const after = (kind) => runs.flatMap((run) => sinceTaint(run, kind));
				const [half, web] = [after("half"), after("web")];
				const within = (times, s) => times.length > 0 && times.every((time) => Math.abs(time - s) <= 0.1);
				return {
					measured: `${range(web, 2)} s, ${range(half, 2)} s; ${web.length} and ${half.length} pods`,
					holds: within(web, 300) && within(half, 30),
				};
			},
		},
		{
			id: "deletion",
			claim: "A single dead node's pods are deleted 340 to 355 s after it died",
			published: "330 to 345 s with a grace of 40 s, 10 s more since 1.32",
			label: "validates",
			measure({ runs }) {
				const times = pick(runs, { silent: "one node" }).flatMap((run) => deletions(run, "web").map(({ s }) => s));
				return {
					measured: `${range(times, 1)} s`,
					holds: times.length > 0 && times.every((s) => s >= 340 && s <= 355.5),
				};
			},
		},
		{
			id: "rate",
			claim: "Where less than 55 % of a zone is silent, and where all of it is, one node is tainted every 10 s",
			published: "0.1 nodes/s (--node-eviction-rate; recorded: 10.08 s)",
			label: "verifies",
			measure({ runs }) {
				const half = pick(runs, { silent: "half a zone" }).flatMap(taintGaps);
				// The limiter of a zone that is gone is exchanged after the first look: the second node comes late.
				const whole = pick(runs, { silent: "a whole zone" }).flatMap((run) => taintGaps(run).slice(1));
				return {
					measured: `half a zone: every ${range(half, 1)} s; a whole zone: every ${range(whole, 1)} s`,
					holds: [half, whole].every(
						(gaps) => Math.abs(quantile(gaps, 0.5) - 10) <= 0.1 && gaps.every((gap) => Math.abs(gap - 10) <= 0.5),
					),
					why: "a taint may wait for the requests of the pass",
				};
			},
		},
		{
			id: "degraded-large",
			claim: "With 60 % of 60 nodes silent, one node is tainted every 100 s",
			published: "0.01 nodes/s from 55 % on, in zones of more than 50 nodes (--secondary-node-eviction-rate)",
			label: "verifies",
			measure({ runs }) {
				const large = pick(runs, { silent: LARGE });
				// Before the zone has been judged for the first time, the ordinary rate holds.
				const gaps = large.flatMap((run) => taintGaps(run).filter((gap) => gap > 11));
				const early = large.map((run) => taintGaps(run).filter((gap) => gap <= 11).length + 1);
				return {
					measured: `every ${range(gaps, 1)} s, after ${range(early, 0)} at the ordinary rate`,
					holds:
						gaps.length > 0 && gaps.slice(1).every((gap) => gap <= 110) && Math.abs(quantile(gaps, 0.5) - 100) <= 0.2,
				};
			},
		},
		{
			id: "degraded-small",
			claim: "With 60 % of 10 nodes silent, nobody is tainted once the zone has been judged: at most one node",
			published: "no taints from 55 % on, in zones of 50 nodes or fewer",
			label: "verifies",
			measure({ runs }) {
				const tainted = pick(runs, { silent: "60 % of a small zone" }).map((run) => taints(run).length);
				return { measured: `${range(tainted, 0)} of 6 nodes`, holds: tainted.every((nodes) => nodes <= 1) };
			},
		},
		{
			id: "everything",
			claim: "Where all zones are silent the taints go again: of 30 pods that tolerate 300 s, 6 at most are deleted",
			published: "all zones gone: no taints at all (recorded: 0 to 6 of 30 pods that tolerate 30 s)",
			label: "verifies",
			measure({ runs }) {
				const gone = pick(runs, { silent: "all zones" }).map((run) => deletions(run, "web").length);
				return { measured: `${range(gone, 0)} of 30`, holds: gone.every((pods) => pods <= 6) };
			},
		},
		{
			id: "replaced",
			claim: "The next pod is bound within a second of the deletion, if there is room",
			published: "under 1 s (E32)",
			label: "validates",
			measure({ runs }) {
				const waits = runs.filter(({ axes }) => axes.get("silent") !== "all zones").flatMap(replacementWaits);
				return {
					measured: `${text(quantile(waits, 0.5))} s in the median, ${text(Math.max(...waits))} s at most, ${waits.length} pods`,
					holds: waits.length > 0 && waits.every((s) => s >= 0 && s < 1),
				};
			},
		},
	],
};

/** Seconds from the failure, of events with this reason: `{object, s}` in order. */
function events({ tables }, reason, kind, wanted = () => true) {
	const [times, reasons, kinds, objects, messages] = ["time_us", "reason", "kind", "object", "message"].map((name) =>
		tables.get("object_events").get(name),
	);
	return Array.from(times, (us, i) => ({ object: objects[i], s: Number(us) / 1e6 - SILENT_S, i }))
		.filter(({ i }) => reasons[i] === reason && kinds[i] === kind && wanted(messages[i]))
		.filter(({ s }) => s >= 0 && s < HEARD_S - SILENT_S);
}

function notReady(run) {
	return events(run, "NodeNotReady", "Node").map(({ s }) => s);
}

/** Deletions of pods of a kind for their node's taint: `{object, node, s}`. */
function deletions(run, kind) {
	const nodes = nodesByPod(run);
	return events(run, "TaintManagerEviction", "Pod", (message) => message.startsWith("Marking"))
		.filter(({ object }) => object.startsWith(`default/${kind}-`))
		.map(({ object, s }) => ({ object, s, node: nodes.get(object) }));
}

function nodesByPod({ tables }) {
	const [names, nodes] = ["name", "node"].map((name) => tables.get("pods").get(name));
	return new Map(Array.from(names, (name, i) => [name, nodes[i]]));
}

/** When each node got its taint: the first deletion of a pod there, less what it tolerates. */
export function taints(run) {
	const first = new Map();
	for (const kind of Object.keys(TOLERATED_S))
		for (const { node, s } of deletions(run, kind))
			first.set(node, Math.min(first.get(node) ?? Number.POSITIVE_INFINITY, s - TOLERATED_S[kind]));
	return [...first.entries()].map(([node, s]) => ({ node, s })).sort((a, b) => a.s - b.s);
}

function taintGaps(run) {
	const times = taints(run).map(({ s }) => s);
	return times.slice(1).map((s, i) => s - times[i]);
}

/** Seconds from the first deletion of a pod that tolerates nothing to that of those of a kind, by node. */
function sinceTaint(run, kind) {
	const tainted = new Map();
	for (const { node, s } of deletions(run, "brief")) if (!tainted.has(node)) tainted.set(node, s);
	return deletions(run, kind).flatMap(({ node, s }) => (tainted.has(node) ? [s - tainted.get(node)] : []));
}

/** Seconds from each deletion to the binding of the pod that came for it: the first for the first, of each kind. */
function replacementWaits(run) {
	const [names, submits, bounds] = ["name", "submit_time_us", "bound_time_us"].map((name) =>
		run.tables.get("pods").get(name),
	);
	return ["brief", "half", "web"].flatMap((kind) => {
		const came = Array.from(names, (name, i) => ({
			name,
			submitted: Number(submits[i]) / 1e6,
			bound: bounds[i] === null ? Number.NaN : Number(bounds[i]) / 1e6,
		}))
			.filter(({ name, submitted }) => name.startsWith(`default/${kind}-`) && submitted > SILENT_S)
			.sort((a, b) => a.submitted - b.submitted);
		return deletions(run, kind).flatMap(({ s }, i) => (came[i] === undefined ? [] : [came[i].bound - SILENT_S - s]));
	});
}

export function range(numbers, digits) {
	if (numbers.length === 0) return "none";
	const [low, high] = [Math.min(...numbers).toFixed(digits), Math.max(...numbers).toFixed(digits)];
	return low === high ? low : `${low} to ${high}`;
}
