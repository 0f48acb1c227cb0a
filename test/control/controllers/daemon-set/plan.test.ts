import { describe, expect, test } from "vitest";
import { type Place, repairsOf, updateOf } from "../../../../src/control/controllers/daemon-set/plan.js";
import { type DaemonSet, daemonSetKind } from "../../../../src/control/kinds/daemon-set.js";
import type { Pod } from "../../../../src/control/pod.js";
import { SECOND } from "../../../../src/engine/time.js";
import { apiObject, apiPod, SELECTOR, TEMPLATE } from "../../../support/api-objects.js";

const FITS = {
	wanted: { runs: true, stays: true },
	kept: { runs: false, stays: true },
	not: { runs: false, stays: false },
};

function daemonSet(spec: object = {}): DaemonSet {
	return apiObject(daemonSetKind, "ds", { selector: SELECTOR, template: TEMPLATE, ...spec });
}

/** A node's pods, oldest first, as `new old,unready old,leaving old,failed`. Names: node and number, `b1`. */
function place(node: string, pods: string, fit: keyof typeof FITS = "wanted"): Place {
	const made = pods === "" ? [] : pods.split(" ").map((text, i) => podOf(`${node}${i + 1}`, text));
	return { node, fit: FITS[fit], pods: made };
}

function podOf(name: string, text: string): Pod {
	const [revision, ...states] = text.split(",");
	const phase = states.includes("failed") ? "Failed" : states.includes("succeeded") ? "Succeeded" : "Running";
	return apiPod({
		name,
		uid: 1,
		labels: { "controller-revision-hash": revision! },
		phase,
		ready: phase === "Running" && !states.includes("unready"),
		readyUs: 0,
		...(states.includes("leaving") && { deletedUs: 1 }),
	});
}

const namesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).join(" ");

describe("each node has its pod", () => {
	test.each([
		["none yet", place("a", ""), "+a"],
		["one", place("a", "new"), ""],
		["one that is on its way out", place("a", "new,leaving"), ""],
		["one too many: the oldest stays", place("a", "old new"), "-a2"],
		["a node that it does not fit", place("a", "", "not"), ""],
		["one on a node that it fits no more", place("a", "new", "not"), "-a1"],
		["one on a node that takes no new ones", place("a", "new", "kept"), ""],
		["none on a node that takes no new ones", place("a", "", "kept"), ""],
	])("%s", (_what, there, plan) => {
		const { creates, deletes } = repairsOf(daemonSet(), "new", [there], 0);
		expect(
			[...creates.map((node) => `+${node}`), ...deletes.map(({ metadata }) => `-${metadata.name}`)].join(" "),
		).toBe(plan);
	});

	test("pods that have ended are told apart", () => {
		const { failed, succeeded } = repairsOf(
			daemonSet(),
			"new",
			[place("a", "new,failed"), place("b", "new,succeeded")],
			0,
		);
		expect(failed.map(({ node, pod }) => `${node} ${pod.metadata.name}`)).toEqual(["a a1"]);
		expect(succeeded.map(({ node, pod }) => `${node} ${pod.metadata.name}`)).toEqual(["b b1"]);
	});

	test("while it surges, a new pod stands beside an old one until it serves", () => {
		const set = daemonSet({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
		const repairs = (pods: string) => {
			const { creates, deletes } = repairsOf(set, "new", [place("a", pods)], SECOND);
			return `${creates.join(" ")}/${namesOf(deletes)}`;
		};
		expect(repairs("old new,unready")).toBe("/");
		expect(repairs("old new")).toBe("/a1");
		expect(repairs("old,unready new,unready")).toBe("/a1");
		// The one on its way out is not waited for.
		expect(repairs("new,leaving")).toBe("a/");
		expect(repairs("old,leaving new")).toBe("/");
	});
});

describe("an update", () => {
	const step = (rollingUpdate: object, places: readonly Place[]) => {
		const { creates, deletes } = updateOf(daemonSet({ updateStrategy: { rollingUpdate } }), "new", places, SECOND);
		return `${creates.join(" ")}/${namesOf(deletes)}`;
	};
	const nodes = (...pods: string[]) => pods.map((text, i) => place("abcdefghij"[i]!, text));

	test("deletes old pods, as many as may be unavailable", () => {
		expect(step({ maxUnavailable: 1 }, nodes("old", "old", "old"))).toBe("/a1");
		expect(step({ maxUnavailable: 2 }, nodes("old", "old", "old"))).toBe("/a1 b1");
		// 30 % of 4 are 1.2: 2.
		expect(step({ maxUnavailable: "30%" }, nodes("old", "old", "old", "old"))).toBe("/a1 b1");
		expect(step({ maxUnavailable: "0%", maxSurge: 1 }, nodes("new", "new"))).toBe("/");
	});

	test("counts nodes whose pod is missing, leaving or not serving", () => {
		expect(step({ maxUnavailable: 2 }, nodes("", "old", "old"))).toBe("/b1");
		expect(step({ maxUnavailable: 2 }, nodes("old,leaving", "old", "old"))).toBe("/b1");
		expect(step({ maxUnavailable: 2 }, nodes("new,unready", "old", "old"))).toBe("/b1");
		expect(step({ maxUnavailable: 1 }, nodes("new,unready", "old", "old"))).toBe("/");
	});

	test("deletes old pods that do not serve at once", () => {
		expect(step({ maxUnavailable: 1 }, nodes("old,unready", "old,unready", "old"))).toBe("/a1 b1");
	});

	test("with maxSurge makes new pods beside the old ones, and deletes those when they serve", () => {
		const surge = { maxSurge: 2, maxUnavailable: 0 };
		expect(step(surge, nodes("old", "old", "old"))).toBe("a b/");
		expect(step(surge, nodes("old new,unready", "old", "old"))).toBe("b/");
		expect(step(surge, nodes("old new", "old", "old"))).toBe("b c/a1");
		// An old pod that does not serve costs nothing.
		expect(step(surge, nodes("old,unready", "old", "old", "old"))).toBe("a b c/");
	});

	test("with maxSurge makes no new pod where none shall be: the old one stays until as many serve as shall, itself among them", () => {
		const surge = { maxSurge: 2, maxUnavailable: 0 };
		const misplaced = place("z", "old", "kept");
		expect(step(surge, [misplaced, ...nodes("new,unready")])).toBe("/");
		expect(step(surge, [misplaced, ...nodes("new")])).toBe("/z1");
	});

	test("is left to others with OnDelete", () => {
		const set = daemonSet({ updateStrategy: { type: "OnDelete" } });
		expect(updateOf(set, "new", nodes("old"), 0)).toEqual({ creates: [], deletes: [] });
	});
});
