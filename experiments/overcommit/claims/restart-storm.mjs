import { labels, pick } from "../../lib/measure.mjs";

const PERIOD_S = 10;
const RUN_S = 7200;
/** From the third failure, which times out after 1 s, to the end of the container. */
const FAILING_S = 2 * PERIOD_S + 1;
/** CPU time until a pod serves, of one CPU. */
const STARTUP_S = 60;

export const restartStorm = {
	id: "restart-storm",
	name: "restart-storm",
	title: "Restart storm",
	claims: [
		{
			id: "never-lives",
			claim: "A pod alone never serves if its liveness probe kills it before it has started, and serves at once if not",
			published: "follows from the rules: killed at the initial delay + 21 s, started after 60 s",
			label: "verifies",
			measure({ runs }) {
				const alone = pick(runs, { pods: "alone" }).filter(({ variant }) => !variant.probe.startup);
				return {
					measured: alone.map((run) => `${run.variant.probe.name}: ${done(run)} of ${pods(run)}`).join(", "),
					holds: alone.every((run) => done(run) === (killedAfter(run) < STARTUP_S ? 0 : pods(run))),
				};
			},
		},
		{
			id: "restarts",
			claim: "A pod that never serves is started again as often as CrashLoopBackOff lets it in 2 h",
			published: "at once, after 10 s, 20 s, ... 300 s (Kubernetes, pod life cycle)",
			label: "verifies",
			measure({ runs }) {
				const storms = runs.filter((run) => done(run) === 0);
				return {
					measured: storms
						.map((run) => `${run.axes.get("pods")}, ${run.variant.probe.name}: ${restarts(run) / pods(run)} a pod`)
						.join("; "),
					holds: storms.length > 0 && storms.every((run) => restarts(run) === pods(run) * restartsUntil(run)),
				};
			},
		},
		{
			id: "crowd",
			claim: "Twelve pods that start at once on four CPUs never serve with a delay that is long enough for one alone",
			published: "our expectation: starting takes three times as long, and back-off keeps them in step",
			label: "shape",
			measure({ runs }) {
				const [alone, crowd] = ["alone", "crowd"].map((name) => pick(runs, { pods: name, probe: "45s" })[0]);
				return {
					measured: `${done(alone)} of ${pods(alone)} alone, ${done(crowd)} of ${pods(crowd)} in a crowd`,
					holds: done(alone) === pods(alone) && done(crowd) === 0,
				};
			},
		},
		{
			id: "startup-probe",
			claim: "With a startup probe all pods serve, without any restart",
			published: "that is what it is for (Kubernetes, probes)",
			label: "verifies",
			measure({ runs }) {
				const cured = labels(runs, "pods").map((name) => pick(runs, { pods: name, probe: "startup probe" })[0]);
				return {
					measured: cured.map((run) => `${done(run)} of ${pods(run)}, ${restarts(run)} restarts`).join("; "),
					holds: cured.every((run) => done(run) === pods(run) && restarts(run) === 0),
				};
			},
		},
	],
};

function done({ metrics }) {
	return metrics.get("pods_succeeded");
}

function pods({ metrics }) {
	return metrics.get("pods_submitted");
}

function restarts({ metrics }) {
	return metrics.get("container_restarts");
}

/** Seconds that a container lives which does not serve. */
function killedAfter({ variant }) {
	return variant.probe.delay + FAILING_S;
}

/** Starts after the first one until the end of the run, of a container that never serves. */
function restartsUntil(run) {
	let count = 0;
	let wait = 0;
	for (let at = killedAfter(run) + wait; at < RUN_S; at += killedAfter(run) + wait) {
		count++;
		wait = wait === 0 ? 10 : Math.min(2 * wait, 300);
	}
	return count;
}
