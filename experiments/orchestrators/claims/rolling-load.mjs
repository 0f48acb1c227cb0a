import { text } from "../../lib/measure.mjs";
import { orchestratorOf, settledUs } from "./settled.mjs";

const UPDATE_US = 300e6;
/** Each of ten instances has a tenth of 1,000 requests a second; it takes 2 s to stop, and proxies hear of it after 0.1 s. */
const [INSTANCES, PER_SECOND, STOPS_S, HEARD_S] = [10, 100, 2, 0.1];

const of = (run, metric) => run.metrics.get(metric) ?? 0;
const lost = (run) => of(run, "requests_lost");
const label = (run) => `${orchestratorOf(run)}, ${run.variant.update.name}`;

function measured(runs, names, holds) {
	const chosen = runs.filter((run) => names.includes(orchestratorOf(run)));
	return {
		measured: chosen.map((run) => `${label(run)}: ${text(lost(run))}`).join("; "),
		holds: chosen.length > 0 && chosen.every((run) => holds(run)),
	};
}

export const rollingLoad = {
	id: "rolling-load",
	name: "rolling-load",
	title: "A rolling update under load",
	tables: ["replicas"],
	claims: [
		{
			id: "out-first",
			claim: "Where an instance is taken out when it is told to stop, no more is lost than what comes in until proxies have heard",
			published: `${INSTANCES} x ${PER_SECOND}/s x ${HEARD_S} s = ${INSTANCES * PER_SECOND * HEARD_S}, an instance that is being replaced taking a ninth more or two an eighth`,
			label: "verifies",
			measure: ({ runs }) =>
				measured(
					runs,
					["kubernetes 1.34", "swarm 17.05", "borg 2015"],
					(run) => lost(run) <= INSTANCES * PER_SECOND * HEARD_S * 1.25,
				),
		},
		{
			id: "until-stopped",
			claim: "Where it takes requests until it has stopped, what comes in meanwhile is lost, too",
			published: `${INSTANCES} x ${PER_SECOND}/s x ${STOPS_S + HEARD_S} s = ${INSTANCES * PER_SECOND * (STOPS_S + HEARD_S)} (moby issue 30321; marathon-lb without TASK_KILLING), half of it beside a second set`,
			label: "verifies",
			measure: ({ runs }) =>
				measured(runs, ["swarm 1.12", "mesos 1.4"], (run) => {
					const whole = INSTANCES * PER_SECOND * (STOPS_S + HEARD_S);
					const halved = label(run) === "mesos 1.4, its own";
					return Math.abs(lost(run) / (halved ? whole / 2 : whole) - 1) < 0.1;
				}),
		},
		{
			id: "second-set-at-once",
			claim: "Only Marathon's default leaves moments without a server: it kills the old set when it knows the new one, before the load balancer does",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const out = runs.filter((run) => of(run, "requests_outage_us") > 0);
				return {
					measured: out.map((run) => `${label(run)}: ${text(of(run, "requests_outage_us") / 1e3)} ms`).join("; "),
					holds: out.length === 1 && label(out[0]) === "mesos 1.4, its own",
				};
			},
		},
	],
	table: (runs) => [
		["orchestrator", "update", "requests lost", "slower than 100 ms", "updated after"],
		["---", "---", "--:", "--:", "--:"],
		...runs.map((run) => [
			orchestratorOf(run),
			run.variant.update.name,
			text(lost(run)),
			text(of(run, "requests_slow")),
			`${text(settledUs(run, INSTANCES, UPDATE_US) / 1e6)} s`,
		]),
	],
};
