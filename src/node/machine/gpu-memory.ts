/**
 * Memory of GPUs: what a pod may allocate is what it has of devices, a share of one or whole ones (PodSpec.gpu). An allocation
 * beyond fails, and with it the process that made it; whoever else is on the device notices nothing.
 *
 * Modelled on: device memory limits by interception of the driver's calls, as in HAMi-core and Alibaba's cGPU.
 *
 * Divergence from real GPUs: a program that handles a failed allocation dies here all the same; memory of several devices is one
 * amount; nothing is lost to fragmentation or to the driver's own use. Devices that are plain extended resources (nvidia.com/gpu) are
 * no share of anything: pods with nothing else have no GPU memory.
 */
import type { MachineContainer, MachinePod } from "./machine-pod.js";

/**
 * The containers of a pod take the GPU memory that they want now: first who wants less than it has, then the others in their order.
 * Names those whose allocation fails, which have none any more.
 */
export function allocateGpuMemory({ spec, containers }: MachinePod): readonly MachineContainer[] {
	const users = containers.flatMap(({ runs, others }, i) => {
		if (!runs || others === null || others.gpuMemory === null) return [];
		return [{ container: containers[i]!, others, wantedMilli: Math.round(others.gpuMemory.value) }];
	});
	let freeMilli = spec.gpu === null ? 0 : spec.gpu.count * spec.gpu.milli;
	for (const { others, wantedMilli } of users) {
		others.gpuMemoryMilli = Math.min(others.gpuMemoryMilli, wantedMilli);
		freeMilli -= others.gpuMemoryMilli;
	}
	const failed: MachineContainer[] = [];
	for (const { container, others, wantedMilli } of users) {
		const fails = wantedMilli - others.gpuMemoryMilli > freeMilli;
		const afterMilli = fails ? 0 : wantedMilli;
		freeMilli -= afterMilli - others.gpuMemoryMilli;
		others.gpuMemoryMilli = afterMilli;
		if (fails) failed.push(container);
	}
	return failed;
}
