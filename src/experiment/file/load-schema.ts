/** `spec.node.load`: how the load of nodes is measured, for schedulers that look at it. */
import { z } from "zod";
import { positiveDuration } from "../../objects/duration.js";

export const loadSchema = z
	.strictObject({
		every: positiveDuration.prefault("30s").describe("Time between two measurements"),
		window: positiveDuration.prefault("15m").describe("How far back means and deviations look"),
	})
	.describe("How load is measured; nobody measures unless a scheduler looks at load");
