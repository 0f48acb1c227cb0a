import { expect, test } from "vitest";
import { stepOfServing, updateStep } from "../../../../src/control/controllers/borg/update-step.js";

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** `r` serves and must be stopped, `d` must be stopped and does not serve, `i` can be changed in place, `p` has no machine. */
const outdated = (letters: string) =>
	[...letters].map((letter, i) => ({
		task: `${letter}${i}`,
		serves: letter === "r" || letter === "i",
		placed: letter !== "p",
		staysOnChange: () => letter === "i",
	}));

test.each([
	// Two at a time; the third waits for its turn.
	["rrr", { down: 0, atOnce: 2, disruptionsLeft: NO_LIMIT }, "", "r0 r1", 2, 0, 1],
	// One is down already: one more.
	["rrr", { down: 1, atOnce: 2, disruptionsLeft: NO_LIMIT }, "", "r0", 1, 0, 2],
	["rrr", { down: 2, atOnce: 2, disruptionsLeft: NO_LIMIT }, "", "", 0, 0, 3],
	// What is beyond the limit is skipped, not delayed, though there would be room for three.
	["rrr", { down: 0, atOnce: 3, disruptionsLeft: 2 }, "", "r0 r1", 2, 1, 0],
	["rrr", { down: 0, atOnce: 3, disruptionsLeft: 0 }, "", "", 0, 3, 0],
	// Changes in place and of tasks without a machine disrupt nothing.
	["iprip", { down: 0, atOnce: 1, disruptionsLeft: 0 }, "i0 i3", "p1 p4", 0, 1, 0],
	// One that does not serve is no further loss, but a disruption.
	["dr", { down: 1, atOnce: 1, disruptionsLeft: 1 }, "", "d0", 1, 1, 0],
	["dr", { down: 1, atOnce: 1, disruptionsLeft: 2 }, "", "d0", 1, 0, 1],
] as const)("%s with %j", (letters, limits, change, replace, disrupted, skipped, waiting) => {
	const step = updateStep(outdated(letters), limits);
	expect({ ...step, change: step.change.join(" "), replace: step.replace.join(" ") }).toEqual({
		change,
		replace,
		disrupted,
		skipped,
		waiting,
	});
});

test.each([
	[0, 1, 5],
	[1, 1, 5],
	[2, 1, 0],
	[0, 1, 0],
	[3, 2, NO_LIMIT],
])("where all serve and must stop, what is known without a look at them is right: %s down of %s, %s disruptions left", (down, atOnce, left) => {
	const limits = { down, atOnce, disruptionsLeft: left };
	const still = stepOfServing(4, limits);
	const step = updateStep(outdated("rrrr"), limits);
	if (still === null) expect(step.replace.length).toBeGreaterThan(0);
	else expect(still).toEqual(step);
});
