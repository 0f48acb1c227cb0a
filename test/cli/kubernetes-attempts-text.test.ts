import { expect, test } from "vitest";
import { kubernetesAttemptsText } from "../../src/cli/kubernetes-attempts-text.js";
import type { KubernetesAttempt, NodeVerdict } from "../../src/experiment/results/kubernetes-attempts.js";

const accepted = (node: string, fit: number, spread: number): NodeVerdict => ({
	node,
	rejectedBy: null,
	reasons: [],
	unresolvable: false,
	total: fit + 2 * spread,
	scores: {
		Fit: { raw: fit, normalized: fit, weighted: fit },
		Spread: { raw: 7, normalized: spread, weighted: 2 * spread },
	},
});

const rejected = (node: string, rejectedBy: string, ...reasons: string[]): NodeVerdict => ({
	node,
	rejectedBy,
	reasons,
	unresolvable: false,
	total: null,
	scores: {},
});

const ATTEMPT: KubernetesAttempt = {
	timeUs: 0,
	scheduler: "main",
	profile: "default-scheduler",
	nodes: 6,
	feasible: 0,
	unexamined: 0,
	chosen: null,
	weights: {},
	verdicts: [
		rejected("a", "Fit", "Insufficient cpu"),
		rejected("b", "Taint", "tainted"),
		rejected("c", "Taint", "tainted"),
		rejected("d", "Fit", "Insufficient cpu", "Insufficient memory"),
		rejected("e", "Taint", "tainted"),
		rejected("f", "Fit", "Insufficient cpu"),
	],
	message: "0/6 nodes are available.",
	preemption: null,
	wakes: [{ plugin: "Fit", changes: "any pod ends" }],
};

const PLACED: KubernetesAttempt = {
	...ATTEMPT,
	timeUs: 3,
	feasible: 3,
	unexamined: 1,
	chosen: "c",
	weights: { Fit: 1, Spread: 2 },
	verdicts: [
		accepted("c", 50, 100),
		accepted("a", 60, 90),
		accepted("b", 10, 80),
		rejected("d", "Taint", "tainted"),
		rejected("e", "Taint", "tainted"),
	],
	message: null,
	wakes: [],
};

const text = (attempts: readonly KubernetesAttempt[], nodes: number) =>
	kubernetesAttemptsText(attempts, nodes, (us) => `${us}us`);

test("vain attempts that came to the same are shown once; nodes turned down alike share a line, the most frequent first", () => {
	expect(text([ATTEMPT, { ...ATTEMPT, timeUs: 2 }, PLACED], 10)).toBe(`
Attempts 1 to 2, the last at 2us, by main, profile default-scheduler: no node; 0 of 6 nodes feasible
node          rejected by
b and 2 more  Taint: tainted
a and 1 more  Fit: Insufficient cpu
d             Fit: Insufficient cpu, Insufficient memory
0/6 nodes are available.
It is tried again when
  Fit: any pod ends

Attempt 3 at 3us, by main, profile default-scheduler: node c; 3 of 6 nodes feasible (1 not looked at)
node          total    Fit x1  Spread x2  rejected by
c               250  50/50/50  7/100/200
a               240  60/60/60   7/90/180
b               170  10/10/10   7/80/160
d and 1 more                              Taint: tainted
scores are raw/normalized/weighted
`);
});

test("lines are for both kinds of nodes, and what is left out is counted", () => {
	expect(text([PLACED], 2)).toBe(`
Attempt 1 at 3us, by main, profile default-scheduler: node c; 3 of 6 nodes feasible (1 not looked at)
node          total    Fit x1  Spread x2  rejected by
c               250  50/50/50  7/100/200
d and 1 more                              Taint: tainted
... and 2 nodes more (--nodes shows more lines)
scores are raw/normalized/weighted
`);
	expect(text([{ ...PLACED, preemption: { node: "d", victims: ["x", "y"] } }], 0)).toBe(`
Attempt 1 at 3us, by main, profile default-scheduler: node c; 3 of 6 nodes feasible (1 not looked at)
stops x, y on d
`);
});
