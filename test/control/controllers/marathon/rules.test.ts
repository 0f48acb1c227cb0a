/** The rules of Marathon as tables, with the arithmetic. */
import { expect, test } from "vitest";
import { LaunchDelays } from "../../../../src/control/controllers/marathon/launch-delays.js";
import { LaunchTokens } from "../../../../src/control/controllers/marathon/launch-tokens.js";
import { cycleIn, stepsOf } from "../../../../src/control/controllers/marathon/plan.js";
import { beginning, Replacement } from "../../../../src/control/controllers/marathon/replacement.js";
import { type AppSpec, appKind } from "../../../../src/control/kinds/marathon/app.js";
import { absoluteId, problemOfId } from "../../../../src/control/kinds/marathon/path-id.js";
import { SECOND } from "../../../../src/engine/time.js";

test.each([
	// n, mhc, moc, resident, running: killed at once, cap
	["default: ceil(10) to floor(20)", 10, 1, 1, false, 10, 0, 20],
	["half down, none over: ceil(5), floor(10)", 10, 0.5, 0, false, 10, 5, 10],
	["fifth over: floor(12)", 10, 1, 0.2, false, 10, 0, 12],
	["1/3 of 10: ceil(3.3) = 4", 10, 0.33, 0, false, 10, 6, 10],
	["minHealthy = cap <= running: one over", 10, 1, 0, false, 10, 0, 11],
	["the same of a resident app: one less", 10, 1, 0, true, 10, 1, 10],
	["minHealthy = cap > running: there is room", 10, 1, 0, false, 4, 0, 10],
	["scaled down on the way: 10 - 2", 2, 1, 1, false, 10, 8, 4],
	["resident default", 4, 0.5, 0, true, 4, 2, 4],
] as const)("a replacement begins: %s", (_title, instances, mhc, moc, resident, running, killNow, cap) => {
	const options = { instances, minimumHealthCapacity: mhc, maximumOverCapacity: moc, resident };
	expect(beginning(options, running)).toEqual({ killNow, cap });
});

test("each new instance that is good kills one old, and a start needs room below the cap", () => {
	const options = { instances: 3, minimumHealthCapacity: 1, maximumOverCapacity: 0.34, resident: false };
	const replacement = new Replacement(options, [1, 2, 3]);
	const fresh = (...goods: boolean[]) => goods.map((good, i) => ({ uid: 10 + i, good }));
	const log = [];
	// cap = floor(3 x 1.34) = 4: one at a time.
	log.push([replacement.kills([]), replacement.wanted(3)]);
	log.push([replacement.kills(fresh(false)), replacement.wanted(3)]);
	log.push([replacement.kills(fresh(true)), replacement.wanted(3)]);
	// It is good once.
	log.push([replacement.kills(fresh(true)), replacement.wanted(2)]);
	log.push([replacement.kills(fresh(true, true)), replacement.wanted(1)]);
	log.push([replacement.kills(fresh(true, true, true)), replacement.wanted(0)]);
	expect(log).toEqual([
		[[], 1],
		[[], 1],
		[[1], 1],
		[[], 2],
		[[2], 3],
		[[3], 3],
	]);
	expect([replacement.done(1, fresh(true, true, true)), replacement.done(0, fresh(true, true, true))]).toEqual([
		false,
		true,
	]);
});

const BACK_OFF = { baseUs: SECOND, factor: 1.15, maxUs: 3600 * SECOND };

test("the first failure waits for a second, each further one for 1.15 times as long, an hour at most", () => {
	const delays = new LaunchDelays(60 * SECOND);
	const waits = Array.from({ length: 5 }, () => {
		delays.failed("a", BACK_OFF, 0);
		return delays.untilUs("a", 0) / SECOND;
	});
	// 1, 1.15, 1.15^2 = 1.3225, 1.520875, 1.74900625
	expect(waits).toEqual([1, 1.15, 1.3225, 1.520875, 1.749006]);
	for (let failure = 0; failure < 100; failure++) delays.failed("a", BACK_OFF, 0);
	expect(delays.untilUs("a", 0)).toBe(3600 * SECOND);
});

test.each([
	// The delay is over at 1 s. 1.1 sweeps it at 10 s, 1.5 at 70 s (1 + 60 = 61, swept each 10).
	["1.1", 0, 9, 1.15],
	["1.1", 0, 10, 1],
	["1.5", 60, 69, 1.15],
	["1.5", 60, 70, 1],
] as const)("Marathon %s remembers a delay for %i s: a failure after %i s waits for %f s", (_version, viable, at, waits) => {
	const delays = new LaunchDelays(viable * SECOND);
	delays.failed("a", BACK_OFF, 0);
	delays.failed("a", BACK_OFF, at * SECOND);
	expect(delays.untilUs("a", at * SECOND) / SECOND - at).toBeCloseTo(waits, 6);
});

test("launches take tokens: 100 each 30 s, one more for each instance that runs", () => {
	const tokens = new LaunchTokens();
	expect([tokens.take(70, 0), tokens.take(70, 0), tokens.take(1, 29 * SECOND)]).toEqual([70, 30, 0]);
	tokens.add(29 * SECOND);
	expect([tokens.take(5, 29 * SECOND), tokens.nextUs(29 * SECOND) / SECOND, tokens.take(500, 30 * SECOND)]).toEqual([
		1, 30, 100,
	]);
});

function apps(dependencies: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, AppSpec> {
	return new Map(
		Object.entries(dependencies).map(([id, names]) => [id, appKind.spec.parse({ cmd: "x", dependencies: names })]),
	);
}

test("what is no more is stopped, new apps are started with none, and then come those that others depend on", () => {
	const target = apps({ "/web": ["/db", "/cache"], "/cache": ["/db"], "/db": [], "/other": [] });
	const changes = new Map([
		["/web", "changed"],
		["/cache", "scaled"],
		["/db", "new"],
		["/other", "changed"],
		["/old", "gone"],
	] as const);
	const steps = stepsOf(changes, target).map((step) =>
		step.map(({ action, app }) => `${action.replace("Application", "")} ${app}`),
	);
	expect(steps).toEqual([
		["Stop /old"],
		["Start /db"],
		["Scale /db", "Restart /other"],
		["Scale /cache"],
		["Restart /web"],
	]);
});

test("a circle of dependencies is found, also through groups and relative ids", () => {
	expect(cycleIn(apps({ "/a": ["/b"], "/b": ["/c"], "/c": [] }))).toBe(null);
	expect(cycleIn(apps({ "/a": ["/b"], "/b": ["/c"], "/c": ["/a"] }))).toEqual(["/a", "/b", "/c", "/a"]);
	expect(cycleIn(apps({ "/g/a": ["../h"], "/h/b": ["/g"] }))).toEqual(["/g/a", "/h/b", "/g/a"]);
});

test("ids are paths of lower-case names", () => {
	expect(["/a/b-1", "web", "/a.b/c"].map(problemOfId)).toEqual([null, null, null]);
	for (const bad of ["/Web", "/a/-b", "/a_b", "/a//b", ""])
		expect(problemOfId(bad)).toMatch(/is not an id: path elements may only contain/);
	expect([
		absoluteId("db", "/shop"),
		absoluteId("../db", "/shop"),
		absoluteId("/db", "/shop"),
		absoluteId("web", "/"),
	]).toEqual(["/shop/db", "/db", "/db", "/web"]);
});
