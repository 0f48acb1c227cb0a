/**
 * Kubernetes quantities: `500m`, `16Gi`, `1e3`, `1E` (exa, while `1E3` is a thousand).
 *
 * Source: the grammar in the package comment of k8s.io/apimachinery `pkg/api/resource/quantity.go`. An amount finer than the
 * wanted unit is rounded away from zero, as `Quantity.MilliValue` and `Quantity.Value` do.
 */
import { z } from "zod";
import { InputError } from "./input-error.js";

/** `milli`: thousandths, the canonical unit of cpu; `unit`: whole units (bytes, pods, devices). */
export type QuantityUnit = "milli" | "unit";

/** What a reader of quantities takes beyond the usual. */
export interface QuantityRules {
	/** Takes negative amounts, which no resource has. Default false. */
	readonly negative?: boolean;
	/** Refuses an amount that is not whole in the wanted unit, as Kubernetes does for extended resources. Default false. */
	readonly whole?: boolean;
}

/**
 * The amount that `text` stands for, an integer of the wanted unit below 2^53. Exact: works on the decimal text, never on
 * a float. Throws InputError (without a position) for what is no quantity, negative, not whole, or too large.
 */
export function parseQuantity(text: string | number, unit: QuantityUnit, rules: QuantityRules = {}): number {
	const { amount, exact } = remembered(typeof text === "number" ? String(text) : text, unit);
	if (amount < 0 && rules.negative !== true) throw new InputError(`'${text}' is negative: write 0 or more`);
	if (!exact && rules.whole === true)
		throw new InputError(`'${text}' is not a whole number: write an integer such as 2`);
	return amount;
}

/** The unit in which amounts of a resource are kept (`resources.ts`). */
export function unitOf(resource: string): QuantityUnit {
	return resource === "cpu" || resource === "gpu" ? "milli" : "unit";
}

/** Whether amounts of a resource are bytes. */
export function isBytes(resource: string): boolean {
	return BYTE_RESOURCES.has(resource) || resource.startsWith("hugepages-");
}

/**
 * Shortest exact text of an amount in the canonical unit of `resource`: 1500 of cpu is `1500m`, 17179869184 of memory `16Gi`.
 * `parseQuantity(text, unitOf(resource))` gives the amount back.
 */
export function formatQuantity(amount: number, resource: string): string {
	if (!Number.isSafeInteger(amount)) throw new RangeError(`an amount is an integer below 2^53, got ${amount}`);
	if (unitOf(resource) === "milli") return amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`;
	if (!isBytes(resource) || amount === 0) return String(amount);
	const binary = scaled(amount, 1024, BINARY_SUFFIXES);
	const decimal = scaled(amount, 1000, DECIMAL_SUFFIXES);
	return decimal.length < binary.length ? decimal : binary;
}

/** A quantity as it stands in a manifest: text, or a bare number as YAML reads `cpu: 4`. */
export const quantityText = z.union([z.string(), z.number()], { error: `expected a quantity such as 500m, 2 or 16Gi` });

const BYTE_RESOURCES: ReadonlySet<string> = new Set(["memory", "ephemeral-storage", "storage"]);
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL_SUFFIXES = ["", "k", "M", "G", "T", "P", "E"];
const POWER_OF_TEN: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const GRAMMAR = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d+))?$/;

interface Amount {
	readonly amount: number;
	/** Whether nothing was rounded. */
	readonly exact: boolean;
}

/** Manifests repeat few texts many times. Emptied when full, so that a long import of distinct texts keeps no memory. */
const REMEMBERED_TEXTS = 16_384;
const memory: Readonly<Record<QuantityUnit, Map<string, Amount>>> = { milli: new Map(), unit: new Map() };

function remembered(text: string, unit: QuantityUnit): Amount {
	const known = memory[unit].get(text);
	if (known !== undefined) return known;
	const read = readQuantity(text, unit);
	if (memory[unit].size >= REMEMBERED_TEXTS) memory[unit].clear();
	memory[unit].set(text, read);
	return read;
}

function readQuantity(text: string, unit: QuantityUnit): Amount {
	const parts = GRAMMAR.exec(text);
	if (parts === null) {
		throw new InputError(`'${text}' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3`);
	}
	const [, sign, whole = "", wholeFraction = "", bareFraction = "", suffix = "", exponent = "0"] = parts;
	const fraction = wholeFraction + bareFraction;
	const digits = (whole + fraction).replace(/^0+/, "");
	if (digits === "") return { amount: 0, exact: true };
	const binary = suffix.endsWith("i") ? BINARY_SUFFIXES.indexOf(suffix) : 0;
	const decimal = POWER_OF_TEN[suffix] ?? 0;
	const power = decimal + Number(exponent) - fraction.length + (unit === "milli" ? 3 : 0);
	const { magnitude, exact } = magnitudeOf(digits, binary, power);
	if (magnitude > BigInt(Number.MAX_SAFE_INTEGER)) {
		throw new InputError(`'${text}' is too large: the largest amount is ${LARGEST[unit]}`);
	}
	return { amount: sign === "-" ? -Number(magnitude) : Number(magnitude), exact };
}

const LARGEST: Readonly<Record<QuantityUnit, string>> = {
	milli: "9007199254740991m",
	unit: "9007199254740991 (just under 8Pi)",
};

/** digits x 1024^binary x 10^power, rounded up. Powers far out of range are decided without computing them. */
function magnitudeOf(digits: string, binary: number, power: number): { magnitude: bigint; exact: boolean } {
	if (power + digits.length > 40) return { magnitude: BigInt(Number.MAX_SAFE_INTEGER) + 1n, exact: true };
	if (power + digits.length < -40) return { magnitude: 1n, exact: false };
	const scaledUp = BigInt(digits) * 1024n ** BigInt(binary);
	if (power >= 0) return { magnitude: scaledUp * 10n ** BigInt(power), exact: true };
	const divisor = 10n ** BigInt(-power);
	const floor = scaledUp / divisor;
	const exact = floor * divisor === scaledUp;
	return { magnitude: exact ? floor : floor + 1n, exact };
}

function scaled(amount: number, base: number, suffixes: readonly string[]): string {
	let rest = amount;
	let step = 0;
	while (step + 1 < suffixes.length && rest % base === 0) {
		rest /= base;
		step++;
	}
	return `${rest}${suffixes[step]}`;
}
