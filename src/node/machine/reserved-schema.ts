/** Amounts of what a machine has, as a kubelet's kubeReserved and systemReserved write them: `{cpu: 100m, memory: 1Gi, pid: 1000}`. */
import { z } from "zod";
import { InputError } from "../../objects/input-error.js";
import { parseQuantity, quantityText } from "../../objects/quantity.js";
import { nodeResourceListSchema } from "../../objects/resource-list.js";
import type { MachineAmount } from "./machine-options.js";

export const machineAmount = z
	.record(z.string(), quantityText, { error: "expected a map of resources to quantities" })
	.transform(({ pid, ...others }, context): MachineAmount => {
		const list = nodeResourceListSchema.safeParse(others);
		for (const issue of list.error?.issues ?? [])
			context.issues.push({ ...issue, input: others } as z.core.$ZodRawIssue);
		const { cpu = 0, memory = 0 } = list.data ?? {};
		return { cpuMilli: cpu, memoryBytes: memory, ...(pid !== undefined && { pids: readPids(pid, context) }) };
	});

/** The one resource that no node offers, but a kubelet can keep back. */
function readPids(text: string | number, context: z.RefinementCtx): number {
	try {
		return parseQuantity(text, "unit", { whole: true });
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		context.addIssue({ code: "custom", path: ["pid"], message: error.message });
		return z.NEVER;
	}
}
