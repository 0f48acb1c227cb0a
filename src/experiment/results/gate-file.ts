/** The file of a gate: which metrics may get how much worse. */
import { z } from "zod";
import { describeMetric } from "../../metrics/catalogue.js";
import { parseDuration } from "../../objects/duration.js";
import { readDocument } from "../document-file.js";
import { API_VERSION } from "../file/schema.js";

/** How much worse a metric may get: a share of the base's mean, or an amount in the metric's unit. */
export type GateMargin = { readonly relative: number } | { readonly absolute: number };

export const GATE_RULES = ["no-regression", "non-inferiority"] as const;

const marginSchema = z.union([z.number().min(0), z.string()]);

const check = z
	.strictObject({
		metric: z.string().min(1).describe("Name of the metric, as cellsim list metrics shows it"),
		margin: marginSchema
			.default(0)
			.describe("How much worse it may get: a share of the base such as 1%, a duration for times, or a number"),
		better: z
			.enum(["lower", "higher"])
			.describe("Which way is better; as cellsim list metrics says where absent")
			.optional(),
		rule: z
			.enum(GATE_RULES)
			.default("no-regression")
			.describe(
				"no-regression: turned away if shown to be worse by more than the margin; non-inferiority: let in only if shown to be no worse",
			),
	})
	.transform(({ margin, ...rest }, context) => ({ ...rest, margin: marginOf(rest.metric, margin, context) }));

const gateSchema = z
	.strictObject({
		apiVersion: z.literal(API_VERSION).describe("Version of this file format"),
		kind: z.literal("Gate").describe("What this document is"),
		spec: z
			.strictObject({
				falseAlarms: z
					.number()
					.gt(0)
					.lt(1)
					.default(0.05)
					.describe("Probability that anything is turned away although nothing got worse, over all checks"),
				checks: z.array(check).min(1).describe("What is looked at, each for every variant"),
			})
			.describe("What may get how much worse"),
	})
	.transform(({ spec }) => spec);

export type Gate = z.output<typeof gateSchema>;
export type GateCheck = Gate["checks"][number];

/** The JSON Schema (draft 7) of a gate file, which editors read. */
export function gateJsonSchema(): Readonly<Record<string, unknown>> {
	const { $schema, ...rest } = z.toJSONSchema(gateSchema, { io: "input", target: "draft-7" });
	return { $schema, $id: "urn:cellsim:schema:gate:v1alpha1", title: "cellsim gate", ...rest };
}

/** InputError: a file that cannot be read, or every mistake in it, with its place. */
export function readGate(file: string): Gate {
	return readDocument(file, { schema: gateSchema, kind: "Gate" }).checked;
}

function marginOf(metric: string, given: number | string, context: z.RefinementCtx): GateMargin {
	if (typeof given === "number") return { absolute: given };
	const share = /^(\d+(?:\.\d+)?)%$/.exec(given.trim());
	if (share !== null) return { relative: Number(share[1]) / 100 };
	const ofTime = describeMetric(metric).unit === "us";
	if (ofTime) {
		try {
			return { absolute: parseDuration(given) };
		} catch {
			// Said below.
		}
	}
	const allowed = ofTime ? "a share such as 1%, or a duration such as 5ms" : "a share such as 1%, or a number";
	context.addIssue({ code: "custom", path: ["margin"], message: `'${given}' is no margin: write ${allowed}` });
	return { absolute: 0 };
}
