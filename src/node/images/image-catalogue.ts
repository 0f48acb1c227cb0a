/**
 * The container images of an experiment: each a list of layers with sizes. Layers with the same digest are the same everywhere, so
 * a node that has one image has parts of others.
 *
 * Divergence from container registries: a layer has one size, on the wire and on the disk; manifests and configurations have none.
 */
import { taggedImage } from "../../objects/image-name.js";

export interface ImageLayer {
	readonly digest: string;
	/** A whole number of bytes. */
	readonly sizeBytes: number;
}

export interface ImageSpec {
	/** As pods name it; without a tag it is `:latest`. */
	readonly name: string;
	readonly layers: readonly ImageLayer[];
}

/** A mistake in a list of images: which one, and where in it. */
export interface ImageProblem {
	readonly image: number;
	/** Null for the image itself. */
	readonly layer: number | null;
	readonly message: string;
}

/** What is wrong with a list of images, in its order: no layers, bad sizes, one digest with two sizes, a name twice. */
export function imageProblems(images: readonly ImageSpec[]): ImageProblem[] {
	const problems: ImageProblem[] = [];
	const names = new Map<string, number>();
	const sizes = new Map<string, number>();
	images.forEach(({ name, layers }, image) => {
		const complain = (layer: number | null, message: string) => problems.push({ image, layer, message });
		const tagged = taggedImage(name);
		const before = names.get(tagged);
		if (name === "") complain(null, "an image needs a name");
		else if (before !== undefined) complain(null, `image '${tagged}' is there twice, first as number ${before + 1}`);
		names.set(tagged, before ?? image);
		if (layers.length === 0) complain(null, `image '${name}' has no size: give it at least one layer`);
		layers.forEach(({ digest, sizeBytes }, layer) => {
			if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
				complain(
					layer,
					`layer '${digest}' of image '${name}' has size ${sizeBytes}; a size is a whole number of bytes above 0`,
				);
				return;
			}
			const known = sizes.get(digest) ?? sizeBytes;
			sizes.set(digest, known);
			if (known !== sizeBytes)
				complain(layer, `layer '${digest}' of image '${name}' has ${sizeBytes} bytes, and ${known} in another image`);
		});
	});
	return problems;
}

/** Images and layers as dense numbers from 0, in the order of the list. */
export class ImageCatalogue {
	/** By image, tagged. */
	readonly names: readonly string[];
	/** By image: its layers, each once. */
	readonly layers: readonly (readonly number[])[];
	/** By image: the sizes of its layers together. */
	readonly sizeBytes: readonly number[];
	/** By layer. */
	readonly layerBytes: readonly number[];
	readonly #images: ReadonlyMap<string, number>;

	/** Error for a list with `imageProblems`. */
	constructor(images: readonly ImageSpec[]) {
		const [problem] = imageProblems(images);
		if (problem) throw new Error(problem.message);
		const layerIds = new Map<string, number>();
		const layerBytes: number[] = [];
		const idOf = ({ digest, sizeBytes }: ImageLayer): number => {
			const id = layerIds.get(digest) ?? layerBytes.push(sizeBytes) - 1;
			layerIds.set(digest, id);
			return id;
		};
		this.names = images.map(({ name }) => taggedImage(name));
		this.layers = images.map(({ layers }) => [...new Set(layers.map(idOf))]);
		this.layerBytes = layerBytes;
		this.sizeBytes = this.layers.map((layers) => layers.reduce((sum, layer) => sum + layerBytes[layer]!, 0));
		this.#images = new Map(this.names.map((name, image) => [name, image]));
	}

	/** The number of an image, by its name with or without a tag; undefined for one that is not in the list. */
	find(name: string): number | undefined {
		return this.#images.get(taggedImage(name));
	}
}
