/** Small image catalogues for tests. */
import { ImageCatalogue } from "../../src/node/images/image-catalogue.js";

export const MB = 1_000_000;

/** Images by name, each with its layers by digest; a layer's size in MB is what its digest ends with: `base-50`. */
export function catalogue(images: Readonly<Record<string, readonly string[]>>): ImageCatalogue {
	return new ImageCatalogue(
		Object.entries(images).map(([name, digests]) => ({
			name,
			layers: digests.map((digest) => ({ digest, sizeBytes: Number(digest.split("-").at(-1)) * MB })),
		})),
	);
}
