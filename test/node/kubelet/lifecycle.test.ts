import { describe, expect, test } from "vitest";
import type { ContainerRun, PodRun } from "../../../src/objects/pod-run.js";
import { type Behaviour, type LifeOptions, lifeOf } from "../../support/pod-lives.js";
import { containerRun, podRun, probe } from "../../support/pod-runs.js";

const S = 1_000_000;
const NEVER = Number.POSITIVE_INFINITY;

const init = (name: string) => containerRun(name, { kind: "init" });
const sidecar = (name: string, given: Partial<ContainerRun> = {}) => containerRun(name, { kind: "sidecar", ...given });
const main = containerRun;

function lasts(seconds: number, code = 0): Behaviour {
	return { runs: [{ lasts: seconds, code }] };
}

/** The log of a pod, a line a thing. */
function life(run: PodRun, options: LifeOptions = {}): string {
	return lifeOf(run, options).join("\n");
}

/** Only the lines that say one of these words. */
function told(run: PodRun, options: LifeOptions, ...words: string[]): readonly string[] {
	return lifeOf(run, options).filter((line) => words.some((word) => line.split(" ").includes(word)));
}

function lines(text: string): string {
	return text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "")
		.join("\n");
}

describe("containers of a pod", () => {
	test("init containers in order, sidecars before the main containers and after them, the last sidecar ends first", () => {
		const run = podRun([init("i1"), sidecar("s1"), init("i2"), sidecar("s2"), main("a"), main("b")], {
			restartPolicy: "Never",
		});
		const behaviour = { i1: lasts(5), i2: lasts(5), a: lasts(5), b: lasts(9), s1: { obeys: 3 }, s2: { obeys: 4 } };
		// The kubelet hears a second late of what it did not end itself.
		expect(life(run, { behaviour })).toBe(
			lines(`
				0 start i1
				5 i1 exits 0
				6 start s1
				6 start i2
				11 i2 exits 0
				12 start s2
				12 start a
				12 start b
				12 running
				12 ready
				17 a exits 0
				18 unready
				21 b exits 0
				22 terminate s2
				26 s2 exits 0
				26 terminate s1
				29 s1 exits 0
				29 Succeeded
			`),
		);
	});

	test("wait for the startup probe of the sidecar before them, and run when their images have come", () => {
		const run = podRun([sidecar("s", { startupProbe: probe({ periodUs: 2 * S, failureThreshold: 10 }) }), main("a")]);
		const behaviour = { s: { pulls: 10, serves: [5] }, a: { pulls: 3 } };
		// Asked at 10, 12, 14 and 16 s; the sidecar serves from 15 s on.
		expect(life(run, { behaviour })).toBe(
			lines(`
				0 start s
				10 s runs
				16 start a
				19 a runs
				19 running
				19 ready
			`),
		);
	});

	test.each([
		["Always", 0, "run again"],
		["Always", 1, "run again"],
		["OnFailure", 0, "Succeeded"],
		["OnFailure", 1, "run again"],
		["Never", 0, "Succeeded"],
		["Never", 1, "Failed"],
	] as const)("restart policy %s: one that ends with %i makes its pod %s", (restartPolicy, code, fate) => {
		const log = lifeOf(podRun([main("a")], { restartPolicy }), { behaviour: { a: lasts(5, code) }, until: 6 });
		expect(log.at(-1)).toBe(fate === "run again" ? "6 ready" : `6 ${fate}`);
	});

	test("restart policy Always without restarts of what is done: the pod is done when all are", () => {
		const behaviour = {
			a: lasts(5),
			b: {
				runs: [
					{ lasts: 3, code: 1 },
					{ lasts: 9, code: 0 },
				],
			},
		};
		const log = told(podRun([main("a"), main("b")]), { behaviour, restartsWhenDone: false }, "start", "Succeeded");
		expect(log).toEqual(["0 start a", "0 start b", "4 start b", "14 Succeeded"]);
	});

	test("a sidecar that ends is always started again, and its code does not count", () => {
		const run = podRun([sidecar("s"), main("a")], { restartPolicy: "Never" });
		const behaviour = {
			s: {
				runs: [
					{ lasts: 4, code: 1 },
					{ lasts: NEVER, code: 0 },
				],
			},
			a: lasts(20),
		};
		expect(told(run, { behaviour }, "start", "s", "Succeeded")).toEqual([
			"0 start s",
			"0 start a",
			"4 s exits 1",
			"5 start s",
			"21 terminate s",
			"21 s exits 0",
			"21 Succeeded",
		]);
	});

	test("an init container that fails is tried again, or with policy Never makes its pod fail; sidecars end", () => {
		const containers = [sidecar("s"), init("i"), main("a")];
		const behaviour = {
			i: {
				runs: [
					{ lasts: 2, code: 1 },
					{ lasts: 2, code: 0 },
				],
			},
		};
		expect(told(podRun(containers, { restartPolicy: "OnFailure" }), { behaviour }, "start")).toEqual([
			"0 start s",
			"0 start i",
			"3 start i",
			"6 start a",
		]);
		expect(told(podRun(containers, { restartPolicy: "Never" }), { behaviour }, "start", "s", "Failed")).toEqual([
			"0 start s",
			"0 start i",
			"3 terminate s",
			"3 s exits 0",
			"3 Failed",
		]);
	});
});

describe("probes", () => {
	test("restart storm: a liveness probe with too short an initial delay never lets a slow starter live", () => {
		const storm = podRun([main("slow", { livenessProbe: probe({ initialDelayUs: 5 * S }), readinessProbe: probe() })]);
		const behaviour = { slow: { serves: [30] } };
		// Asked at 5, 15 and 25 s, answered by nobody for 1 s each: ended at 26 s, 4 s before it would serve.
		expect(life(storm, { behaviour, until: 300 })).toBe(
			lines(`
				0 start slow
				0 running
				26 terminate slow
				26 slow exits 0
				26 start slow
				52 terminate slow
				52 slow exits 0
				62 start slow
				88 terminate slow
				88 slow exits 0
				108 start slow
				134 terminate slow
				134 slow exits 0
				174 start slow
				200 terminate slow
				200 slow exits 0
				280 start slow
			`),
		);
		// Five seconds more are enough: asked at 10, 20 and 30 s.
		const calm = podRun([main("slow", { livenessProbe: probe({ initialDelayUs: 10 * S }), readinessProbe: probe() })]);
		expect(life(calm, { behaviour, until: 300 })).toBe("0 start slow\n0 running\n30 ready");
		// And so is a startup probe, which keeps the others quiet.
		const startupProbe = probe({ failureThreshold: 4 });
		const patient = podRun([main("slow", { livenessProbe: probe({ initialDelayUs: 5 * S }), startupProbe })]);
		expect(life(patient, { behaviour, until: 300 })).toBe("0 start slow\n0 running\n30 ready");
	});

	test.each([
		["is asked at once after the startup probe", 5, 30],
		["is not asked before its own delay", 50, 50],
	])("a readiness probe %s", (_, delay, ready) => {
		const startupProbe = probe({ failureThreshold: 10 });
		const run = podRun([main("a", { startupProbe, readinessProbe: probe({ initialDelayUs: delay * S }) })]);
		expect(told(run, { behaviour: { a: { serves: [25] } } }, "ready")).toEqual([`${ready} ready`]);
	});

	test("a startup probe that fails too often ends the container", () => {
		const run = podRun([main("a", { startupProbe: probe({ failureThreshold: 2, timeoutUs: 3 * S }) })], {
			restartPolicy: "Never",
		});
		expect(told(run, { behaviour: { a: { serves: [30] } } }, "a", "Succeeded", "Failed")).toEqual([
			"0 start a",
			"13 terminate a",
			"13 a exits 0",
			"13 Succeeded",
		]);
	});

	test("a container that its probe killed is started again even under OnFailure and with code 0", () => {
		const run = podRun([main("a", { livenessProbe: probe({ failureThreshold: 1 }) })], { restartPolicy: "OnFailure" });
		expect(told(run, { behaviour: { a: { serves: [15, 25] } }, until: 30 }, "start")).toEqual([
			"0 start a",
			"1 start a",
			"12 start a",
		]);
	});

	test("readiness comes and goes with the thresholds, and kills nobody", () => {
		const readinessProbe = probe({ periodUs: 5 * S, successThreshold: 2, failureThreshold: 3 });
		const run = podRun([main("a", { readinessProbe }), main("b")]);
		// Serves from 3 to 21 s and from 48 s. Asked at 5 and 10: ready. Asked at 25, 30 and 35, for 1 s each: not. At 50 and 55.
		expect(life(run, { behaviour: { a: { serves: [3, 21, 48] } } })).toBe(
			lines(`
				0 start a
				0 start b
				0 running
				10 ready
				36 unready
				55 ready
			`),
		);
	});

	test("that go on as before cost nothing: nothing is due", () => {
		const given = { readinessProbe: probe(), livenessProbe: probe(), startupProbe: probe() };
		// The log would end with the last thing due before 1000 s; it is at the start.
		expect(life(podRun([main("a", given)]))).toBe("0 start a\n0 running\n0 ready");
	});
});

describe("a pod that is stopped", () => {
	const at = (seconds: number, grace: number, reason: "deleted" | "evicted" = "deleted") => ({
		stop: { at: seconds, grace, reason },
	});

	test("has SIGTERM at once, and SIGKILL after its grace", () => {
		const run = podRun([main("a"), main("b")]);
		expect(life(run, { behaviour: { a: { obeys: 3 }, b: { obeys: NEVER } }, ...at(10, 30) })).toBe(
			lines(`
				0 start a
				0 start b
				0 running
				0 ready
				10 deleted
				10 unready
				10 terminate a
				10 terminate b
				13 a exits 0
				40 kill b
				40 b exits 137
				40 Failed
			`),
		);
	});

	test.each([
		["within the grace: SIGTERM after it, SIGKILL at its end", 12, 30, ["22 terminate a", "40 kill a"]],
		["as long as the grace: 2 s are left after SIGTERM", 30, 30, ["40 terminate a", "42 kill a"]],
		["longer than the grace: it is cut off", 60, 30, ["40 terminate a", "42 kill a"]],
		["longer than an eviction's grace of 1 s", 60, 1, ["11 terminate a", "12 kill a"]],
		["without any grace: SIGKILL at once", 60, 0, ["10 kill a"]],
	])("with a preStop hook %s", (_, preStop, grace, signals) => {
		const run = podRun([main("a", { preStopUs: preStop * S })]);
		expect(told(run, { behaviour: { a: { obeys: NEVER } }, ...at(10, grace) }, "terminate", "kill")).toEqual(signals);
	});

	test("ends sidecars after the main containers, or when the grace is over", () => {
		const run = podRun([sidecar("s1"), sidecar("s2"), main("a")]);
		const stubborn = { s1: { obeys: NEVER }, s2: { obeys: 5 }, a: { obeys: 20 } };
		expect(told(run, { behaviour: stubborn, ...at(10, 30) }, "terminate", "kill", "exits")).toEqual([
			"10 terminate a",
			"30 a exits 0",
			"30 terminate s2",
			"35 s2 exits 0",
			"35 terminate s1",
			"40 kill s1",
			"40 s1 exits 137",
		]);
		expect(told(run, { behaviour: stubborn, ...at(10, 10) }, "terminate", "kill", "exits")).toEqual([
			"10 terminate a",
			"20 kill a",
			"20 a exits 137",
			"20 terminate s2",
			"20 terminate s1",
			"22 kill s2",
			"22 s2 exits 137",
			"22 kill s1",
			"22 s1 exits 137",
		]);
	});

	test("while it backs off, pulls or initialises ends with what runs", () => {
		const crashed = podRun([main("a")]);
		expect(
			life(crashed, { behaviour: { a: lasts(1, 1) }, ...at(5, 30) })
				.split("\n")
				.slice(-3),
		).toEqual(["4 unready", "5 deleted", "5 Failed"]);
		const pulling = podRun([main("a")]);
		expect(life(pulling, { behaviour: { a: { pulls: 60 } }, ...at(5, 30) })).toBe("0 start a\n5 deleted\n5 Failed");
		const initialising = podRun([init("i"), main("a")]);
		expect(told(initialising, at(5, 30), "i", "a", "Failed")).toEqual([
			"0 start i",
			"5 terminate i",
			"5 i exits 0",
			"5 Failed",
		]);
	});

	test("by eviction has failed, even if its containers end well; by deletion it has not", () => {
		const run = podRun([main("a")]);
		expect(lifeOf(run, at(5, 30, "evicted")).at(-1)).toBe("5 Failed");
		expect(lifeOf(run, at(5, 30, "deleted")).at(-1)).toBe("5 Succeeded");
	});

	test("while a probe's kill is under way keeps that deadline if it is earlier", () => {
		const run = podRun([main("a", { livenessProbe: probe({ failureThreshold: 1 }) })], { terminationGraceUs: 20 * S });
		const stubborn = { behaviour: { a: { serves: [100], obeys: NEVER } } };
		// Asked at 0: from 1 s on it is ended, with 20 s.
		expect(told(run, { ...stubborn, ...at(5, 60) }, "terminate", "kill")).toEqual(["1 terminate a", "21 kill a"]);
		expect(told(run, { ...stubborn, ...at(5, 3) }, "terminate", "kill")).toEqual(["1 terminate a", "8 kill a"]);
	});
});
