/** A fixed factor, as virtualisation platforms have: so many times what there is, is offered. */
import { z } from "zod";
import { defineOvercommit, limitsOf } from "../policy.js";

const factor = z.number().positive().describe("Offered over what there is; 1 is no overcommit");

export const fixedFactor = defineOvercommit({
	name: "factor",
	summary: "Nodes offer a fixed multiple of what they have.",
	readsUsage: false,
	params: z.strictObject({
		cpu: factor.default(1),
		memory: factor.default(1),
		of: z.enum(["requests", "limits"]).default("limits").describe("What pods count for"),
	}),
	create: ({ cpu, memory, of }) => ({
		...(of === "limits" && { charge: limitsOf }),
		offer: ({ allocatable }) => {
			const offered: Record<string, number> = { ...allocatable };
			if (allocatable["cpu"] !== undefined) offered["cpu"] = Math.floor(allocatable["cpu"] * cpu);
			if (allocatable["memory"] !== undefined) offered["memory"] = Math.floor(allocatable["memory"] * memory);
			return offered;
		},
	}),
});
