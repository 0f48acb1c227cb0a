/**
 * GPUs that pods may share, in the spelling of Alibaba's open GPU scheduling extender and the FGD simulator: the node counts
 * devices in `status.allocatable`, the pod asks by annotation. `nvidia.com/gpu` and its like are plain extended resources and
 * have nothing to do with this file.
 */

import type { ResourceList } from "./resources.js";
import type { GpuDevices, GpuRequest } from "./spec.js";

/** Node resource and pod annotation: number of devices. */
export const ALIBABA_GPU_COUNT = "alibabacloud.com/gpu-count";
/** Pod annotation: thousandths of each device; node resource: 1000 times the count. */
export const ALIBABA_GPU_MILLI = "alibabacloud.com/gpu-milli";
/** Node label or annotation: the card model; pod annotation: accepted models, separated by `|`. */
export const ALIBABA_GPU_MODEL = "alibabacloud.com/gpu-card-model";

type Texts = Readonly<Record<string, string>>;

/** What is wrong with a GPU declaration, and the resource or annotation that says so. */
export interface GpuProblem {
	readonly field: string;
	readonly message: string;
}

/** Devices of a node from what it offers; null without any. A model in the labels goes before one in the annotations. */
export function devicesOf(allocatable: ResourceList, labels: Texts, annotations: Texts): GpuDevices | null {
	const count = allocatable[ALIBABA_GPU_COUNT] ?? 0;
	return count === 0 ? null : { count, model: labels[ALIBABA_GPU_MODEL] ?? annotations[ALIBABA_GPU_MODEL] ?? "" };
}

/** A node that states milli next to the count must state 1000 for each device. */
export function problemOfDevices(allocatable: ResourceList): GpuProblem | null {
	const whole = (allocatable[ALIBABA_GPU_COUNT] ?? 0) * 1000;
	const milli = allocatable[ALIBABA_GPU_MILLI] ?? whole;
	if (milli === whole) return null;
	return { field: ALIBABA_GPU_MILLI, message: `must be 1000 times ${ALIBABA_GPU_COUNT}, ${whole}, got ${milli}` };
}

/**
 * GPU request of a pod from its annotations; null when it asks for none. A count without milli means whole devices, milli
 * without a count one device. Only for annotations without a problem.
 */
export function gpuRequestOf(annotations: Texts): GpuRequest | null {
	const { count, milli } = amountsOf(annotations);
	if (count === 0) return null;
	const models = (annotations[ALIBABA_GPU_MODEL] ?? "").split("|").map((model) => model.trim());
	return { count, milli, models: [...new Set(models)].filter((model) => model !== "") };
}

/** Counts and milli are whole numbers; part of a device (milli below 1000) goes with one device only. */
export function problemOfGpuRequest(annotations: Texts): GpuProblem | null {
	for (const field of [ALIBABA_GPU_COUNT, ALIBABA_GPU_MILLI]) {
		const text = annotations[field];
		if (text !== undefined && !/^\d{1,9}$/.test(text))
			return { field, message: `'${text}' is not a whole number from 0` };
	}
	const { count, milli } = amountsOf(annotations);
	if (count === 0 || milli === 1000 || (count === 1 && milli >= 1 && milli < 1000)) return null;
	const allowed = count === 1 ? "must be from 1 to 1000, a whole device" : `must be 1000 with ${count} devices`;
	return { field: ALIBABA_GPU_MILLI, message: `${allowed}, got ${milli}` };
}

function amountsOf(annotations: Texts): { readonly count: number; readonly milli: number } {
	const countText = annotations[ALIBABA_GPU_COUNT];
	const milliText = annotations[ALIBABA_GPU_MILLI];
	return {
		count: countText === undefined ? Math.min(1, Number(milliText ?? 0)) : Number(countText),
		milli: milliText === undefined ? 1000 : Number(milliText),
	};
}
