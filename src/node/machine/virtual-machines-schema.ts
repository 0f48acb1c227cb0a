/** `spec.node.machine.virtualMachines` of an experiment file. */
import { z } from "zod";
import { InputError } from "../../objects/input-error.js";
import { parseQuantity } from "../../objects/quantity.js";
import { DEFAULT_VIRTUAL_MACHINES, type VirtualMachineOptions } from "./virtual-machines.js";

const overhead = z.number().min(0).max(10);

const memory = z.string().transform((text, context): number => {
	try {
		return parseQuantity(text, "unit");
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		context.addIssue({ code: "custom", message: error.message });
		return z.NEVER;
	}
});

/** Output: the options of every guest of a run. */
export const virtualMachinesSchema = z
	.strictObject({
		cpuOverhead: overhead
			.default(DEFAULT_VIRTUAL_MACHINES.cpuOverhead)
			.describe("CPU time of the host beyond that of the guest, for work on the CPU: 0.02 is 2 %, the default"),
		ioOverhead: overhead
			.default(DEFAULT_VIRTUAL_MACHINES.ioOverhead)
			.describe("The same for work that serves I/O (sim.usage.ioShare); 0.2 by default"),
		hypervisorMemory: memory.optional().describe("Of the host for each guest beside the guest's own; 100Mi by default"),
		guestSystemMemory: memory.optional().describe("Of a guest beside its containers; 200Mi by default"),
		ballooning: z
			.boolean()
			.default(DEFAULT_VIRTUAL_MACHINES.ballooning)
			.describe("Whether guests give back memory that they do not use; false by default"),
		balloonFloor: z
			.number()
			.min(0)
			.max(1)
			.default(DEFAULT_VIRTUAL_MACHINES.balloonFloor)
			.describe("The share of its memory that a guest keeps under ballooning, 0.25 by default"),
	})
	.transform(
		({ hypervisorMemory, guestSystemMemory, ...rest }): VirtualMachineOptions => ({
			...rest,
			hypervisorBytes: hypervisorMemory ?? DEFAULT_VIRTUAL_MACHINES.hypervisorBytes,
			guestSystemBytes: guestSystemMemory ?? DEFAULT_VIRTUAL_MACHINES.guestSystemBytes,
		}),
	);
