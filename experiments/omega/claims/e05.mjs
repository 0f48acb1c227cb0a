import { curve, labels, perCell, pick, rises, saturationBracket, saturationPoint, text } from "../../lib/measure.mjs";

const PUBLISHED = { A: 2.5, B: 6, C: 9.5 };

export const e05 = {
	id: "e05",
	name: "e05-batch-rate",
	title: "More batch jobs",
	claims: [
		{
			id: "saturation-rates",
			claim: "One batch scheduler is saturated at 2.5 (A), 6 (B), 9.5 (C) times the rate, within 20 %",
			published: "2.5, 6, 9.5 times (Fig. 8)",
			label: "calibrated",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const ofCell = pick(runs, { cell });
					const { last, first } = saturationBracket(ofCell, "rate", "saturated.scheduler_batch");
					return { cell, last, first, found: saturationPoint(curve(ofCell, "rate", "busyness.scheduler_batch")) };
				});
				return {
					measured: perCell(
						cells.map(({ cell, found, last, first }) => [
							cell,
							`${text(found)} (backlog grows after ${last ?? "-"}, at ${first ?? "-"} at the latest)`,
						]),
					),
					holds: cells.every(({ cell, found }) => Math.abs(found / PUBLISHED[cell] - 1) <= 0.2),
					why: "circular: the rates of the stand-in cells were computed from these points",
				};
			},
		},
		{
			id: "service-feels-conflicts",
			claim: "The service scheduler gets busier with the rate of batch jobs, although its own load is the same",
			published: "rises through conflicts alone (Fig. 8)",
			label: "shape",
			notInCi: "a hundred-odd service jobs meet no conflict",
			measure({ runs }) {
				const cells = labels(runs, "cell").map((cell) => {
					const ys = curve(pick(runs, { cell }), "rate", "busyness.scheduler_service").map(({ y }) => y);
					return { cell, growth: ys.at(-1) / ys[0] - 1, monotone: rises(ys, { share: 0.001 }) };
				});
				const holds = cells.every(({ growth, monotone }) => monotone && growth > 0.001);
				return {
					measured: perCell(cells.map(({ cell, growth }) => [cell, `${growth < 0 ? "" : "+"}${text(100 * growth)} %`])),
					holds,
					...(holds
						? {}
						: { why: "a decision of 0.15 s on one of thousands of equal nodes with room is hardly ever overtaken" }),
				};
			},
		},
	],
};
