import { expect, test } from "vitest";
import { ImageCatalogue, imageProblems } from "../../../src/node/images/image-catalogue.js";

test("layers with one digest are one, and names without a tag are latest", () => {
	const catalogue = new ImageCatalogue([
		{
			name: "web",
			layers: [
				{ digest: "base", sizeBytes: 50 },
				{ digest: "app", sizeBytes: 7 },
			],
		},
		{
			name: "batch:2",
			layers: [
				{ digest: "base", sizeBytes: 50 },
				{ digest: "job", sizeBytes: 3 },
				{ digest: "base", sizeBytes: 50 },
			],
		},
	]);
	expect(catalogue.names).toEqual(["web:latest", "batch:2"]);
	expect(catalogue.layers).toEqual([
		[0, 1],
		[0, 2],
	]);
	expect(catalogue.sizeBytes).toEqual([57, 53]);
	expect(catalogue.layerBytes).toEqual([50, 7, 3]);
	expect(["web", "web:latest", "batch", "batch:2"].map((name) => catalogue.find(name))).toEqual([0, 0, undefined, 1]);
});

test("mistakes are told with their place", () => {
	const layer = (digest: string, sizeBytes: number) => ({ digest, sizeBytes });
	const images = [
		{ name: "a", layers: [layer("x", 10), layer("y", 0)] },
		{ name: "b", layers: [] },
		{ name: "a:latest", layers: [layer("x", 11)] },
		{ name: "", layers: [layer("z", 1.5)] },
	];
	expect(imageProblems(images)).toEqual([
		{ image: 0, layer: 1, message: "layer 'y' of image 'a' has size 0; a size is a whole number of bytes above 0" },
		{ image: 1, layer: null, message: "image 'b' has no size: give it at least one layer" },
		{ image: 2, layer: null, message: "image 'a:latest' is there twice, first as number 1" },
		{ image: 2, layer: 0, message: "layer 'x' of image 'a:latest' has 11 bytes, and 10 in another image" },
		{ image: 3, layer: null, message: "an image needs a name" },
		{ image: 3, layer: 0, message: "layer 'z' of image '' has size 1.5; a size is a whole number of bytes above 0" },
	]);
	expect(() => new ImageCatalogue(images)).toThrow("layer 'y' of image 'a' has size 0");
});
