/**
 * Images in an experiment file, and how machines get them. Fields that a kubelet has carry their names in KubeletConfiguration
 * (kubelet.config.k8s.io/v1beta1).
 */
import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { InputError } from "../../objects/input-error.js";
import { parseQuantity, quantityText } from "../../objects/quantity.js";
import { type ImageSpec, imageProblems } from "./image-catalogue.js";
import { KUBELET_COLLECTION } from "./image-store.js";
import { KUBELET_PULLS } from "./pull-options.js";

const bytes = quantityText.transform((text, context) => {
	try {
		const amount = parseQuantity(text, "unit");
		if (amount > 0) return amount;
		context.addIssue({ code: "custom", message: "must be more than 0" });
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		context.addIssue({ code: "custom", message: error.message });
	}
	return z.NEVER;
});

const layer = z.strictObject({
	digest: z.string().min(1).describe("Layers with one digest are the same everywhere"),
	size: bytes.describe("On the wire and on the disk"),
});

const image = z
	.strictObject({
		name: z.string().min(1).describe("As pods name it; without a tag it is :latest"),
		size: bytes.describe("Of an image that shares nothing with others").optional(),
		layers: z.array(layer).describe("In place of a size: parts that images share by their digests").optional(),
	})
	.superRefine(({ size, layers }, context) => {
		if (size !== undefined && layers !== undefined)
			context.addIssue({
				code: "custom",
				path: ["size"],
				message: "size and layers exclude each other",
				params: { at: "key" },
			});
		if (size === undefined && layers === undefined)
			context.addIssue({ code: "custom", message: "an image needs a size: give it size, or layers with sizes" });
	})
	.transform(
		({ name, size, layers }): ImageSpec => ({
			name,
			layers: layers?.map(({ digest, size }) => ({ digest, sizeBytes: size })) ?? [
				{ digest: `only layer of ${name}`, sizeBytes: size! },
			],
		}),
	);

const percent = z.int().min(0).max(100);

export const imagesSchema = z
	.strictObject({
		list: z
			.array(image)
			.superRefine((images, context) => {
				if (context.issues.length > 0) return;
				for (const { image: index, layer: part, message } of imageProblems(images))
					context.addIssue({ code: "custom", path: part === null ? [index] : [index, "layers", part], message });
			})
			.describe("Images that are not listed are everywhere"),
		disk: bytes.prefault("100Gi").describe("Of each node, for images"),
		bandwidth: bytes
			.prefault("100Mi")
			.describe("Bytes a second that a node takes: the smaller of its link and its disk"),
		registryBandwidth: bytes
			.describe("Bytes a second of the registry, shared by all nodes; unlimited if absent")
			.optional(),
		registryLatency: durationSchema.prefault("0s").describe("From asking the registry to the first byte"),
		registryPullQPS: z
			.number()
			.min(0)
			.default(KUBELET_PULLS.qps)
			.describe("Pulls a node may begin a second; 0 for no limit"),
		registryBurst: z.int().min(1).default(KUBELET_PULLS.burst).describe("Pulls a node may begin at once after a rest"),
		serializeImagePulls: z.boolean().default(true).describe("Whether a node pulls one image at a time"),
		maxParallelImagePulls: z.int().min(1).describe("Where it does not: at most so many").optional(),
		imageGCHighThresholdPercent: percent
			.default(KUBELET_COLLECTION.highPercent)
			.describe("Disk use from which unused images go"),
		imageGCLowThresholdPercent: percent
			.default(KUBELET_COLLECTION.lowPercent)
			.describe("Disk use down to which they go"),
		imageMinimumGCAge: durationSchema
			.default(KUBELET_COLLECTION.minAgeUs)
			.describe("Younger images stay, 2m by default"),
	})
	.refine((given) => given.imageGCLowThresholdPercent < given.imageGCHighThresholdPercent, {
		error: "imageGCLowThresholdPercent must be less than imageGCHighThresholdPercent",
		path: ["imageGCLowThresholdPercent"],
	})
	.transform((given) => ({
		images: given.list,
		diskBytes: given.disk,
		bytesPerS: given.bandwidth,
		pulls: {
			...KUBELET_PULLS,
			registryBytesPerS: given.registryBandwidth ?? Number.POSITIVE_INFINITY,
			latencyUs: given.registryLatency,
			qps: given.registryPullQPS,
			burst: given.registryBurst,
			maxParallel: given.serializeImagePulls ? 1 : (given.maxParallelImagePulls ?? Number.POSITIVE_INFINITY),
			collection: {
				...KUBELET_COLLECTION,
				highPercent: given.imageGCHighThresholdPercent,
				lowPercent: given.imageGCLowThresholdPercent,
				minAgeUs: given.imageMinimumGCAge,
			},
		},
	}))
	.describe("Images, and how nodes get them; every image is everywhere if absent");
