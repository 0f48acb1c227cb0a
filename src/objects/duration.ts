/**
 * Durations as people write them: `90s`, `2h30m`, `1.5d`. Inside, a duration is an integer of microseconds.
 */
import { z } from "zod";
import { InputError } from "./input-error.js";

/**
 * Microseconds of a duration text: numbers with the units w, d, h, m, s, ms, us (or µs), each at most once, largest first.
 * Fractions are allowed as long as the sum is whole microseconds. Exact. Throws InputError (without a position) for anything
 * else, for a number without a unit, and beyond 2^53 µs (285 years).
 */
export function parseDuration(text: string): number {
	if (BARE_NUMBER.test(text)) throw new InputError(bareNumberMessage(text));
	if (!SHAPE.test(text)) {
		throw new InputError(
			`'${text}' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m`,
		);
	}
	let sum = 0n;
	let previous = -1;
	for (const [, whole, fraction = "", unit] of text.matchAll(PART)) {
		const index = UNITS.findIndex((u) => u.name === (unit === "µs" || unit === "μs" ? "us" : unit));
		if (index <= previous) {
			throw new InputError(`'${text}' is not a duration: write each unit once and the largest first, such as 2h30m`);
		}
		previous = index;
		const scaled = BigInt(whole + fraction) * BigInt(UNITS[index]!.us);
		const divisor = 10n ** BigInt(fraction.length);
		if (scaled % divisor !== 0n) {
			throw new InputError(`'${text}' is finer than a microsecond: write whole microseconds`);
		}
		sum += scaled / divisor;
	}
	if (sum > BigInt(Number.MAX_SAFE_INTEGER))
		throw new InputError(`'${text}' is too long: the longest duration is 14892w`);
	return Number(sum);
}

/**
 * The shortest exact text of a whole number of microseconds, `0s` for none; among texts of one length, whole counts go
 * before fractions and larger units before smaller. `parseDuration` gives the number back.
 */
export function formatDuration(us: number): string {
	if (!Number.isSafeInteger(us) || us < 0) throw new RangeError(`a duration is an integer from 0 to 2^53, got ${us}`);
	if (us === 0) return "0s";
	let best = "";
	for (let first = 0; first < UNITS.length; first++) {
		const text = whole(us, first);
		if (text !== "" && (best === "" || text.length < best.length)) best = text;
	}
	for (const { name, us: unitUs } of UNITS) {
		const text = fractional(us, unitUs, name);
		if (text !== null && text.length < best.length) best = text;
	}
	return best;
}

/** Turns a duration text into microseconds inside a zod transform; what is wrong becomes an issue. */
export function durationFromText(text: string, context: z.RefinementCtx): number {
	try {
		return parseDuration(text);
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		context.addIssue({ code: "custom", message: error.message });
		return z.NEVER;
	}
}

/** A duration as text, before it is read; a bare number is refused with the hint to add a unit. */
export const durationText = z
	.string({
		error: (issue) =>
			typeof issue.input === "number"
				? bareNumberMessage(String(issue.input))
				: "expected a duration such as 90s or 2h30m",
	})
	.meta({ description: "a duration with units, such as 90s, 2h30m or 7d" });

/** A duration text, read to integer microseconds. */
export const durationSchema = durationText.transform(durationFromText);

/** One above zero. */
export const positiveDuration = durationSchema.refine((us) => us > 0, { error: "must be longer than 0s" });

const UNITS = [
	{ name: "w", us: 604_800_000_000 },
	{ name: "d", us: 86_400_000_000 },
	{ name: "h", us: 3_600_000_000 },
	{ name: "m", us: 60_000_000 },
	{ name: "s", us: 1_000_000 },
	{ name: "ms", us: 1_000 },
	{ name: "us", us: 1 },
] as const;

// Both characters that look like a micro sign: U+00B5 and the Greek letter U+03BC.
const SHAPE = /^(?:\d+(?:\.\d+)?(?:ms|us|µs|μs|[wdhms]))+$/;
const PART = /(\d+)(?:\.(\d+))?(ms|us|µs|μs|[wdhms])/g;
const BARE_NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

function bareNumberMessage(text: string): string {
	return `'${text}' is a number without a unit: write ${text}s for seconds or ${text}m for minutes`;
}

/** Whole counts of each unit from the `first` on, or "" when the first would count none. */
function whole(us: number, first: number): string {
	let rest = us;
	let text = "";
	for (const { name, us: unitUs } of UNITS.slice(first)) {
		const count = Math.floor(rest / unitUs);
		if (count === 0 && text === "") return "";
		if (count > 0) text += `${count}${name}`;
		rest -= count * unitUs;
	}
	return text;
}

/** One unit with a decimal fraction, or null when the fraction does not end within six places. */
function fractional(us: number, unitUs: number, name: string): string | null {
	const scaled = BigInt(us) * 1_000_000n;
	if (scaled % BigInt(unitUs) !== 0n) return null;
	const digits = String(scaled / BigInt(unitUs)).padStart(7, "0");
	const decimals = digits.slice(-6).replace(/0+$/, "");
	return decimals === "" ? null : `${digits.slice(0, -6)}.${decimals}${name}`;
}
