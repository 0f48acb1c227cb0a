/** Amounts of resources as manifests have them, for people. */

/** `cpu 500m, memory 2Gi, gpu 1`; thousandths of a CPU, bytes, thousandths of a GPU, which is left out where it is 0. */
export function formatRequest(cpuMilli: number, memoryBytes: number, gpuMilli: number): string {
	const gpu = gpuMilli > 0 ? `, gpu ${milli(gpuMilli)}` : "";
	return `cpu ${milli(cpuMilli)}, memory ${bytes(memoryBytes)}${gpu}`;
}

function milli(amount: number): string {
	return amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`;
}

function bytes(amount: number): string {
	return amount % 2 ** 30 === 0 ? `${amount / 2 ** 30}Gi` : `${Math.round(amount / 2 ** 20)}Mi`;
}
