/**
 * The experiments that compare orchestrators at their small size, the second command in the head of each file: every claim must hold that its
 * definition does not say this size cannot tell.
 */
import { expect, test } from "vitest";
import { EXPERIMENTS } from "../../experiments/orchestrators/claims/index.mjs";
import { reproductions } from "../support/reproductions.js";

const small = reproductions(new URL("../../experiments/orchestrators/", import.meta.url), EXPERIMENTS);

test.each(EXPERIMENTS.map(({ id, title }) => [id, title]))("%s: %s", { timeout: 300_000 }, async (id) => {
	const { asserted, failed } = await small.failures(id);
	expect(asserted).toBeGreaterThan(0);
	expect(failed).toEqual([]);
});
