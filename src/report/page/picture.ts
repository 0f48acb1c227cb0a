/** The picture of one run on its canvas. */
import { paletteOf, type Scheme } from "../timeline/colors.js";
import { type Pyramid, sampled } from "../timeline/pyramid.js";
import type { View } from "../timeline/view.js";

/** A cell of the picture: a step of time, a row of nodes. */
export interface Place {
	readonly step: number;
	readonly row: number;
}

export class Picture {
	readonly canvas: HTMLCanvasElement;
	#pyramid: Pyramid | null = null;
	/** What each pixel shows, and the same as colours. */
	#levels = new Uint8Array(0);
	#image: ImageData | null = null;

	constructor(canvas: HTMLCanvasElement) {
		this.canvas = canvas;
	}

	set pyramid(pyramid: Pyramid) {
		this.#pyramid = pyramid;
	}

	/** Draws the part of the picture that is to be seen, and a frame around a place. */
	draw(view: View, scheme: Scheme, place: Place | null): void {
		const [width, height] = this.#fit();
		const context = this.canvas.getContext("2d", { alpha: false })!;
		if (this.#pyramid === null || width === 0) return;
		if (this.#image === null || this.#image.width !== width || this.#image.height !== height) {
			this.#image = context.createImageData(width, height);
			this.#levels = new Uint8Array(width * height);
		}
		sampled(this.#pyramid, view, width, height, this.#levels);
		const colors = new Uint32Array(paletteOf(scheme).buffer);
		const pixels = new Uint32Array(this.#image.data.buffer);
		const levels = this.#levels;
		for (let i = 0; i < pixels.length; i++) pixels[i] = colors[levels[i]!]!;
		context.putImageData(this.#image, 0, 0);
		if (place !== null) frame(context, view, width, height, place);
	}

	/** The canvas has a pixel for each pixel of the screen. */
	#fit(): readonly [number, number] {
		const { canvas } = this;
		const ratio = Math.min(2, window.devicePixelRatio || 1);
		const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
		if (canvas.width !== width) canvas.width = width;
		if (canvas.height !== height) canvas.height = height;
		return [width, height];
	}
}

/** Two rings, dark in light, so that one of them is seen on any colour; lines lead to them from the edges. */
function frame(
	context: CanvasRenderingContext2D,
	view: View,
	width: number,
	height: number,
	{ step, row }: Place,
): void {
	const [perStep, perRow] = [width / (view.toStep - view.fromStep), height / (view.toRow - view.fromRow)];
	const x = (step - view.fromStep) * perStep;
	const y = (row - view.fromRow) * perRow;
	const [w, h] = [Math.max(5, perStep), Math.max(5, perRow)];
	const [left, top] = [x + perStep / 2 - w / 2, y + perRow / 2 - h / 2];
	for (const [color, grow] of [
		["#ffffff", 3],
		["#000000", 1.5],
	] as const) {
		context.strokeStyle = color;
		context.lineWidth = 1.5;
		context.strokeRect(left - grow, top - grow, w + 2 * grow, h + 2 * grow);
		context.globalAlpha = 0.6;
		const shift = color === "#ffffff" ? 1 : 0;
		context.beginPath();
		context.moveTo(x + perStep / 2 + shift, 0);
		context.lineTo(x + perStep / 2 + shift, top - grow);
		context.moveTo(x + perStep / 2 + shift, top + h + grow);
		context.lineTo(x + perStep / 2 + shift, height);
		context.stroke();
		context.globalAlpha = 1;
	}
}
