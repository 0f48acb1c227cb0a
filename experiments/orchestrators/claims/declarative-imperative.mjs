import { settledUs, mostReady } from "./settled.mjs";

const [UP_US, DOWN_US] = [120e6, 130e6];

export const declarativeImperative = {
	id: "declarative-imperative",
	name: "declarative-imperative",
	title: "Declarative against imperative: 100, then 10 while 100 is being reached",
	tables: ["pods", "replicas"],
	claims: [
		{
			id: "declarative",
			claim: "Kubernetes goes straight to 10: it never has 100",
			published: "straight to 10 (field, 2016)",
			label: "validates",
			measure: ({ runs }) => most(runs, "kubernetes", (count) => count < 100),
		},
		{
			id: "imperative",
			claim: "Swarm first passes through 100",
			published: "first passes through 100 (field, 2016)",
			label: "calibrated",
			measure: ({ runs }) =>
				most(
					runs.filter(({ variant }) => variant.orchestrator.is.scaling === undefined),
					"swarm",
					(count) => count === 100,
				),
		},
		{
			id: "overtaken",
			claim: "With the last command alone counting, Swarm does not either",
			published: "our expectation",
			label: "shape",
			measure: ({ runs }) =>
				most(
					runs.filter(({ variant }) => variant.orchestrator.is.scaling === "latest"),
					"swarm",
					(count) => count < 100,
				),
		},
	],
	table: (runs) => [
		["orchestrator", "most ready at once", "10 again, after the second command", "containers started"],
		["---", "--:", "--:", "--:"],
		...runs.map((run) => [
			run.variant.orchestrator.name,
			String(mostReady(run, UP_US)),
			secondsText(settledUs(run, 10, DOWN_US) / 1e6),
			String(Array.from(run.tables.get("pods").get("start_time_us")).filter((us) => us !== null).length),
		]),
	],
};

function most(runs, name, holds) {
	const found = runs.filter(({ variant }) => variant.orchestrator.is.name === name);
	return {
		measured: found.map((run) => `${run.variant.orchestrator.name}: ${mostReady(run, UP_US)}`).join(", "),
		holds: found.length > 0 && found.every((run) => holds(mostReady(run, UP_US))),
	};
}

function secondsText(seconds) {
	return Number.isNaN(seconds) ? "never" : `${seconds.toFixed(1)} s`;
}
