/**
 * Overcommit by predicted peaks (EuroSys 2021, see `peaks.ts`): a machine offers again what its pods count for beyond the peak that is
 * predicted for them. CPU only, as in the paper.
 */
import { z } from "zod";
import type { NodeId } from "../../../cell/ids.js";
import { durationSchema } from "../../../objects/duration.js";
import { PeakPredictors, PREDICTORS, type Predictor } from "../peaks.js";
import { defineOvercommit, limitsOf } from "../policy.js";

const positive = durationSchema.refine((us) => us > 0, { error: "must be more than 0s" });

const params = z
	.strictObject({
		predictor: z.enum(PREDICTORS).default("max").describe("Whose prediction counts"),
		fraction: z.number().min(0).max(1).default(0.9).describe("borg-default: peak over the sum of what pods count for"),
		percentile: z.number().min(0).max(1).default(0.99).describe("rc-like: of what each pod used"),
		sigmas: z.number().min(0).default(5).describe("n-sigma: standard deviations above the mean"),
		warmup: durationSchema.prefault("2h").describe("How long a pod is watched until its history counts"),
		history: positive.prefault("10h").describe("How far back histories go"),
		horizon: positive.prefault("24h").describe("How far ahead the oracle looks"),
		every: positive.prefault("5m").describe("Time between two reviews"),
		of: z.enum(["requests", "limits"]).default("limits").describe("What pods count for"),
		audit: z
			.boolean()
			.default(false)
			.describe("Offer nothing again, and compare all predictors with the oracle instead: overcommit_* metrics"),
	})
	.refine(({ history, every }) => history >= every, {
		error: "history must be at least as long as the time between two reviews",
		path: ["history"],
	});

/** Sums over reviews and nodes. */
interface Audit {
	counted: number;
	reviews: number;
	readonly predicted: Record<Predictor, number>;
	readonly violations: Record<Predictor, number>;
}

export const peakPrediction = defineOvercommit({
	name: "peak-prediction",
	summary: "Nodes offer again what their pods count for beyond their predicted peak.",
	readsUsage: true,
	params,
	create(given, { cell }) {
		const { predictor, every, of, audit } = given;
		const peaks = new PeakPredictors(cell, {
			fraction: given.fraction,
			percentile: given.percentile,
			sigmas: given.sigmas,
			warmupUs: given.warmup,
			samples: Math.floor(given.history / every),
			horizonUs: given.horizon,
		});
		const sums = emptyAudit();
		return {
			...(of === "limits" && { charge: limitsOf }),
			review: {
				periodUs: every,
				observe: () => peaks.observe(),
				reclaimable(node: NodeId) {
					const counted = peaks.counted(node);
					if (audit) {
						if (counted > 0) note(sums, counted, peaks.predict(node, PREDICTORS));
						return { cpuMilli: 0, memoryBytes: 0 };
					}
					return { cpuMilli: counted - peaks.predict(node, [predictor])[predictor]!, memoryBytes: 0 };
				},
			},
			...(audit && { metrics: () => metricsOf(sums) }),
		};
	},
});

function emptyAudit(): Audit {
	const zeros = () => Object.fromEntries(PREDICTORS.map((name) => [name, 0])) as Record<Predictor, number>;
	return { counted: 0, reviews: 0, predicted: zeros(), violations: zeros() };
}

/** A violation is a prediction below what will be used. */
function note(sums: Audit, counted: number, peaks: Readonly<Partial<Record<Predictor, number>>>): void {
	sums.counted += counted;
	sums.reviews++;
	for (const predictor of PREDICTORS) {
		sums.predicted[predictor] += peaks[predictor]!;
		if (peaks[predictor]! < peaks.oracle!) sums.violations[predictor]++;
	}
}

/** Savings: what could be offered again, over what pods count for. */
function metricsOf({ counted, reviews, predicted, violations }: Audit): Readonly<Record<string, number>> {
	return Object.fromEntries(
		PREDICTORS.flatMap((name) => {
			const suffix = name.replaceAll("-", "_");
			return [
				[`overcommit_savings.${suffix}`, 1 - predicted[name] / counted],
				[`overcommit_violations.${suffix}`, violations[name] / reviews],
			];
		}),
	);
}
