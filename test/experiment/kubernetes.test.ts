/** The experiments about Kubernetes at their small size: every claim holds that its definition does not leave out. */
import { expect, test } from "vitest";
import { EXPERIMENTS } from "../../experiments/kubernetes/claims/index.mjs";
import { reproductions } from "../support/reproductions.js";

const small = reproductions(new URL("../../experiments/kubernetes/", import.meta.url), EXPERIMENTS);

test.each(EXPERIMENTS.map(({ id, title }) => [id, title]))("%s: %s", { timeout: 300_000 }, async (id) => {
	const { asserted, failed } = await small.failures(id);
	expect(asserted).toBeGreaterThan(0);
	expect(failed).toEqual([]);
});
