import { describe, expect, test } from "vitest";
import { type Behaviour, type LifeOptions, lifeOf } from "../../support/pod-lives.js";
import { containerRun, podRun } from "../../support/pod-runs.js";

const S = 1_000_000;

function lasts(seconds: number, code = 0): Behaviour {
	return { runs: [{ lasts: seconds, code }] };
}

describe("CrashLoopBackOff", () => {
	/** When each start was. */
	const starts = (behaviour: Behaviour, options: LifeOptions = {}) =>
		lifeOf(podRun([containerRun("a")]), { behaviour: { a: behaviour }, until: 5000, ...options })
			.filter((line) => line.endsWith("start a"))
			.map((line) => Number(line.split(" ")[0]));

	test("at once, then 10 s, 20 s, 40 s, 80 s, 160 s, 300 s and 300 s after the end", () => {
		const all = starts(lasts(5, 1), { until: 1255 });
		// Each run ends after 5 s; the first restart comes when the kubelet hears of it, a second later.
		expect(all.slice(1).map((start, i) => start - all[i]! - 5)).toEqual([1, 10, 20, 40, 80, 160, 300, 300]);
	});

	test("starts over after a run of more than 10 min", () => {
		const runs = [5, 5, 5, 600, 5, 601, 5, 5].map((seconds) => ({ lasts: seconds, code: 1 }));
		const all = starts({ runs }, { relistUs: 0 });
		expect(
			all
				.slice(1)
				.map((start, i) => start - all[i]! - (runs[i]?.lasts ?? 5))
				.slice(0, 8),
		).toEqual([0, 10, 20, 40, 80, 0, 10, 20]);
	});

	test("of a kubelet that looks every 10 s only: up to that much later", () => {
		const all = starts(lasts(5, 1), { resyncUs: 10 * S, until: 120 });
		// Heard a second late; 10 s are over after 9 more, 20 s after 19, 40 s after 39: looked at after 10, 20, 40.
		expect(all.slice(1).map((start, i) => start - all[i]! - 5)).toEqual([1, 11, 21, 41]);
	});
});
