import { expect, test } from "vitest";
import { ProgressLine, type Standing } from "../../src/cli/progress-line.js";

/** What is shown to a stream, and a clock in milliseconds. */
function shown(options: { readonly terminal: boolean; readonly json: boolean }) {
	const clock = { ms: 0 };
	const written: string[] = [];
	const stream = {
		isTTY: options.terminal,
		write: (text: string) => written.push(text),
	} as unknown as NodeJS.WriteStream;
	return { clock, written, line: new ProgressLine(10, stream, options.json, () => clock.ms) };
}

const standing = (done: number, underWay = 0, found = 0): Standing => ({
	done,
	found,
	underWay,
	text: `${done} of 10`,
});

test("a line for every tenth, with the time left by what was not found done", () => {
	const { clock, written, line } = shown({ terminal: false, json: false });
	line.show(standing(4, 0, 4), true);
	clock.ms = 1000;
	line.show(standing(4, 0.5, 4), true);
	clock.ms = 4000;
	// 1 of 6 in 4 s, so 5 more in 20 s.
	line.show(standing(5, 0, 4), true);
	line.show(standing(5, 0.4, 4), true);
	clock.ms = 6000;
	// 1.5 of 6 are done with 4.5 to go; no tenth more though.
	line.show(standing(5, 0.5, 4), true);
	clock.ms = 600_000;
	// 2 of 6 in 10 minutes, so 4 more in 20.
	line.show(standing(5, 1, 4), true);
	clock.ms = 20_000_000;
	line.show(standing(7, 0, 4), true);
	line.show(standing(10, 0, 4), true);
	expect(written).toEqual([
		"4 of 10 in 0.0 s\n",
		"5 of 10 in 4.0 s, about 20 s left\n",
		"5 of 10 in 600.0 s, about 20 min left\n",
		"7 of 10 in 20000.0 s, about 5.6 h left\n",
		"10 of 10 in 20000.0 s\n",
	]);
});

test("a bar on a terminal, redrawn ten times a second unless something has ended", () => {
	const { clock, written, line } = shown({ terminal: true, json: true });
	clock.ms = 500;
	line.show(standing(5), false);
	clock.ms = 550;
	line.show(standing(5, 0.5), false);
	line.show(standing(6), true);
	line.tell("run-finished", {});
	line.close();
	expect(written).toEqual([
		"\r[############............] 5 of 10 in 0.5 s\x1b[K",
		"\r[##############..........] 6 of 10 in 0.6 s\x1b[K",
		"\n",
	]);
});

test("objects for machines", () => {
	const { clock, written, line } = shown({ terminal: false, json: true });
	clock.ms = 3000;
	line.tell("run-finished", { run: "0123456789ab" });
	line.show(standing(1, 0.5), true);
	expect(written.map((text) => JSON.parse(text))).toEqual([
		{ event: "run-finished", run: "0123456789ab" },
		{ event: "progress", done: 1, found: 0, total: 10, share: 0.15, seconds: 3, secondsLeft: 17 },
	]);
});
