import { DEVICE_MILLI, MAX_DEVICES, type NodeColumns } from "../../cell/node-columns.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { FilterPlugin } from "../plugin.js";

const WRONG_MODEL = { plugin: "gpu-devices", reasons: ["node(s) didn't match the requested GPU model"] };
const NO_DEVICE = { plugin: "gpu-devices", reasons: ["Insufficient gpu"] };

/**
 * GPU requests need as many devices with the share free as the pod asks for, on a node with an accepted card model
 * (openb trace: Weng et al., USENIX ATC 2023). Free shares of several devices do not add up.
 */
export const gpuDevices: FilterPlugin = {
	name: "gpu-devices",
	summary: "Turns down nodes with too few free devices of a card model that the pod accepts.",
	skips: (pod) => pod.gpuCount === 0,
	accepts(pod, node) {
		if (pod.gpuCount === 0) return null;
		const models = pod.spec.gpu!.models;
		if (models.length > 0 && !models.includes(node.spec.gpu?.model ?? "")) return WRONG_MODEL;
		return node.columns.fittingDevices(node.id, pod.gpuMilli) >= pod.gpuCount ? null : NO_DEVICE;
	},
	narrow(pod, nodes, candidates) {
		const { specs } = nodes;
		const list = candidates.nodes;
		const models = pod.spec.gpu!.models;
		let kept = 0;
		for (let i = 0; i < candidates.count; i++) {
			const node = list[i]!;
			if (!hasRoom(pod, nodes, node)) continue;
			if (models.length > 0 && !models.includes(specs[node]!.gpu?.model ?? "")) continue;
			list[kept++] = node;
		}
		candidates.count = kept;
	},
	sift(pod, nodes, candidates, tally) {
		const { specs } = nodes;
		const list = candidates.nodes;
		const models = pod.spec.gpu?.models ?? [];
		let kept = 0;
		let wrongModel = 0;
		for (let i = 0; i < candidates.count; i++) {
			const node = list[i]!;
			if (models.length > 0 && !models.includes(specs[node]!.gpu?.model ?? "")) wrongModel++;
			else if (hasRoom(pod, nodes, node)) list[kept++] = node;
		}
		const noDevice = candidates.count - kept - wrongModel;
		if (wrongModel > 0) tally.add(WRONG_MODEL, wrongModel);
		if (noDevice > 0) tally.add(NO_DEVICE, noDevice);
		candidates.count = kept;
	},
};

/** The part of it that no pod's leaving changes: the card model. For schedulers that ask who would have to leave. */
export const gpuModel: FilterPlugin = {
	name: "gpu-model",
	summary: "Turns down nodes of a card model that the pod does not accept.",
	skips: ({ gpuCount, spec }) => gpuCount === 0 || spec.gpu!.models.length === 0,
	accepts: ({ spec }, node) =>
		spec.gpu!.models.includes(node.spec.gpu?.model ?? "") ? null : { ...WRONG_MODEL, plugin: "gpu-model" },
};

function hasRoom({ gpuCount, gpuMilli }: PodClass, { deviceCount, deviceFree }: NodeColumns, node: number): boolean {
	const milli = Math.min(gpuMilli, DEVICE_MILLI);
	let missing = gpuCount;
	const first = node * MAX_DEVICES;
	for (let d = first + deviceCount[node]! - 1; d >= first && missing > 0; d--) if (deviceFree[d]! >= milli) missing--;
	return missing === 0;
}
