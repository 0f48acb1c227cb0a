import { pick, text } from "../../lib/measure.mjs";

const PUBLISHED = {
	C1M: { rate: 3745, words: "1 M in 267 s (3,750/s)" },
	C2M: { rate: 1499, words: "2 M in 1,334 s (1,500/s)" },
};

export const e33 = {
	id: "e33",
	name: "e33-nomad-bulk",
	title: "A million containers through one verifier",
	tables: ["jobs"],
	claims: [
		rate("C1M"),
		rate("C2M"),
		{
			id: "linear",
			claim: "Tasks placed over time are a straight line (R² > 0.99): no slow-down as the cell fills",
			published: "nearly linear (C2M)",
			label: "shape",
			measure({ runs }) {
				const fits = Object.keys(PUBLISHED).map((challenge) => [
					challenge,
					determination(placedAt(pick(runs, { challenge })[0])),
				]);
				return {
					measured: fits.map(([name, r2]) => `${name} ${r2.toFixed(4)}`).join(", "),
					holds: fits.every(([, r2]) => r2 > 0.99),
				};
			},
		},
	],
};

function rate(challenge) {
	const { rate, words } = PUBLISHED[challenge];
	return {
		id: challenge.toLowerCase(),
		claim: `${challenge}: ${text(rate)} tasks/s, within 10 %`,
		published: words,
		label: "calibrated",
		measure({ runs }) {
			const [run] = pick(runs, { challenge });
			const lastS = run.metrics.get("pending_time_max_us") / 1e6;
			const found = run.metrics.get("pods_submitted") / lastS;
			return {
				measured: `${run.metrics.get("pods_submitted").toLocaleString("en")} in ${text(lastS)} s (${text(found)}/s)`,
				holds: Math.abs(found / rate - 1) <= 0.1,
				why: "the rate of a scheduler is put in; what is lost is the wait for the verifier",
			};
		},
	};
}

/** When each job had all its tasks placed, in order, seconds. */
function placedAt({ tables }) {
	return Array.from(tables.get("jobs").get("full_start_time_us"), (us) => us / 1e6).sort((a, b) => a - b);
}

/** R² of the number of jobs placed as a line over time. */
function determination(times) {
	const n = times.length;
	const [meanX, meanY] = [times.reduce((a, b) => a + b, 0) / n, (n + 1) / 2];
	let [xy, xx, yy] = [0, 0, 0];
	times.forEach((time, i) => {
		xy += (time - meanX) * (i + 1 - meanY);
		xx += (time - meanX) ** 2;
		yy += (i + 1 - meanY) ** 2;
	});
	return xy ** 2 / (xx * yy);
}
