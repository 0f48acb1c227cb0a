/**
 * An instant of a run as people read clocks: `2h19m21.009s`, exact to the microsecond, `0s` for the start. Unlike
 * `formatDuration`, which takes the shortest text, every instant has the same shape, so that a column of them can be read down;
 * `parseDuration` reads it back.
 */
export function formatInstant(us: number): string {
	let rest = us;
	let text = "";
	for (const [unit, length] of UNITS) {
		const count = Math.floor(rest / length);
		if (count > 0) text += `${count}${unit}`;
		rest -= count * length;
	}
	const seconds = Math.floor(rest / SECOND);
	const fraction = String(rest - seconds * SECOND)
		.padStart(6, "0")
		.replace(/0+$/, "");
	if (seconds === 0 && fraction === "" && text !== "") return text;
	return `${text}${seconds}${fraction === "" ? "" : `.${fraction}`}s`;
}

const SECOND = 1_000_000;
const UNITS = [
	["d", 86_400 * SECOND],
	["h", 3_600 * SECOND],
	["m", 60 * SECOND],
] as const;
