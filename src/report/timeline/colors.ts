/**
 * Colours of timelines on a light and a dark page, from what is near the page for empty to what is far from it for full, so that they read
 * alike with every kind of colour vision and in grey: on dark pages Cividis (Nuñez, Anderton, Renslow, "Optimizing colormaps with
 * consideration for color vision deficiency", PLoS ONE 2018), on light ones a single blue. What is not a level has a colour outside.
 */
import { FULL, MOST, NOT_READY } from "./level.js";

export type Scheme = "light" | "dark";

type Rgb = readonly [red: number, green: number, blue: number];

/** Points at even distances, from empty to full. */
const RAMPS: Readonly<Record<Scheme, readonly Rgb[]>> = {
	light: [
		[226, 234, 243],
		[180, 204, 228],
		[121, 168, 208],
		[66, 127, 182],
		[25, 86, 147],
		[6, 46, 97],
	],
	dark: [
		[0, 34, 78],
		[25, 54, 107],
		[64, 77, 108],
		[91, 99, 111],
		[122, 123, 120],
		[155, 148, 115],
		[188, 175, 103],
		[223, 204, 81],
		[254, 232, 56],
	],
};
/** Okabe and Ito's vermilion and reddish purple. */
const AWAY: Rgb = [213, 94, 0];
const BEYOND: Rgb = [204, 121, 167];
/** The page, where nothing is. */
const PAPER: Readonly<Record<Scheme, Rgb>> = { light: [255, 255, 255], dark: [13, 17, 23] };

/** For each byte of a layer its colour, as four bytes: red, green, blue, and 255 for opaque. */
export function paletteOf(scheme: Scheme): Uint8ClampedArray {
	const palette = new Uint8ClampedArray(4 * 256);
	for (let byte = 0; byte < 256; byte++) palette.set([...colorOf(byte, scheme), 255], 4 * byte);
	return palette;
}

function colorOf(byte: number, scheme: Scheme): Rgb {
	if (byte === NOT_READY) return AWAY;
	if (byte > MOST) return PAPER[scheme];
	if (byte > FULL) return BEYOND;
	return along(RAMPS[scheme], byte / FULL);
}

function along(ramp: readonly Rgb[], share: number): Rgb {
	const at = share * (ramp.length - 1);
	const below = Math.min(ramp.length - 2, Math.floor(at));
	const [from, to] = [ramp[below]!, ramp[below + 1]!];
	const mix = (i: 0 | 1 | 2) => Math.round(from[i] + (at - below) * (to[i] - from[i]));
	return [mix(0), mix(1), mix(2)];
}
