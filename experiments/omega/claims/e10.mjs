import { median, pick, text } from "../../lib/measure.mjs";

const FRACTION = "conflict_fraction.class_service";
const BUSYNESS = "busyness.scheduler_service";
const MODES = {
	"fine, incremental": { conflict: "fit", atomicity: "incremental" },
	"fine, gang": { conflict: "fit", atomicity: "all-or-nothing" },
	"coarse, incremental": { conflict: "node-version", atomicity: "incremental" },
	"coarse, gang": { conflict: "node-version", atomicity: "all-or-nothing" },
};
const SMALL = "a tenth of the nodes with ten times the tasks changes how often claims meet";

export const e10 = {
	id: "e10",
	name: "e10-conflict-modes",
	title: "What counts as a conflict",
	claims: [
		ratio(
			"gang",
			"Gang scheduling multiplies the conflict fraction by 1.5 to 3",
			"fine, gang",
			[1.5, 3],
			"about 2 times (Fig. 14)",
		),
		ratio(
			"coarse",
			"Coarse detection multiplies the conflict fraction by 1.5 to 4",
			"coarse, incremental",
			[1.5, 4],
			"2 to 3 times (Fig. 14)",
		),
		{
			id: "coarse-gang-is-worst",
			claim: "Coarse detection with gangs has the highest conflict fraction, at 10 s",
			published: "highest (Fig. 14)",
			label: "shape",
			notInCi: SMALL,
			measure({ runs }) {
				const [last, ...rest] = Object.keys(MODES)
					.map((mode) => at10s(runs, mode, FRACTION))
					.reverse();
				const holds = rest.every((fraction) => last > fraction);
				return {
					measured: Object.keys(MODES)
						.map((mode) => `${mode} ${text(at10s(runs, mode, FRACTION))}`)
						.join("; "),
					holds,
					...(holds ? {} : { why: batchStarves(runs) }),
				};
			},
		},
		{
			id: "gang-is-a-little-busier",
			claim: "Gangs make the service scheduler busier, by a tenth at most, at 10 s",
			published: "a slight rise (Fig. 14)",
			label: "shape",
			notInCi: SMALL,
			measure({ runs }) {
				const [fine, gang] = ["fine, incremental", "fine, gang"].map((mode) => at10s(runs, mode, BUSYNESS));
				const holds = gang > fine && gang <= 1.1 * fine;
				const why = gang <= fine ? "by the seed a per cent more or less: few jobs are tried again" : "";
				return { measured: `${text(fine)} to ${text(gang)}`, holds, why };
			},
		},
		{
			id: "coarse-is-busier",
			claim: "Coarse detection makes it busier than gangs do, at 10 s",
			published: "2 to 3 times (Fig. 14)",
			label: "shape",
			measure({ runs }) {
				const [fine, gang, coarse] = Object.keys(MODES).map((mode) => at10s(runs, mode, BUSYNESS));
				return {
					measured: `${text(gang)} to ${text(coarse)} (${text(coarse / fine)} times fine, incremental)`,
					holds: coarse > gang,
				};
			},
		},
	],
};

function ratio(id, claim, mode, [low, high], published) {
	return {
		id: `${id}-multiplies-conflicts`,
		claim: `${claim}, at 10 s`,
		published,
		label: "shape",
		notInCi: SMALL,
		measure({ runs }) {
			const [base, fraction] = ["fine, incremental", mode].map((name) => at10s(runs, name, FRACTION));
			const times = fraction / base;
			const measured = `${text(fraction)} against ${text(base)}${Number.isFinite(times) ? `: ${text(times)} times` : ""}`;
			const holds = times >= low && times <= high;
			return {
				measured,
				holds,
				...(holds
					? {}
					: {
							why:
								times > high
									? reasonFor(mode)
									: "a transaction counts as conflicted if one of its tasks is, in both modes; gangs claim the rest of the job again, and few have to",
						}),
			};
		},
	};
}

function reasonFor(mode) {
	return mode.startsWith("coarse")
		? "a change of a node is many times likelier than that it has no room left: fine conflicts hardly occur on equal nodes without constraints"
		: "a job conflicts if any of its tasks does, and most have many";
}

function batchStarves(runs) {
	const busyness = at10s(runs, "coarse, gang", "busyness.scheduler_batch");
	return busyness > 0.95
		? `the batch scheduler is at a busyness of ${text(busyness)}: large jobs never get through whole, so fewer batch tasks come in between`
		: "";
}

function at10s(runs, mode, metric) {
	return median(pick(runs, { ...MODES[mode], tJob: "10s" }), metric);
}
