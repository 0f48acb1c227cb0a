import fc from "fast-check";
import { expect, test } from "vitest";
import type { ContainerRun } from "../../../src/objects/pod-run.js";
import { type Behaviour, lifeOf } from "../../support/pod-lives.js";
import { containerRun, podRun, probe } from "../../support/pod-runs.js";

const S = 1_000_000;
const NEVER = Number.POSITIVE_INFINITY;

const behaviours = fc.record(
	{
		pulls: fc.nat(20),
		runs: fc.array(fc.record({ lasts: fc.integer({ min: 0, max: 700 }), code: fc.nat(1) }), {
			minLength: 1,
			maxLength: 4,
		}),
		serves: fc.constantFrom([0], [7], [30, 60], [1, 2, 40]),
		obeys: fc.constantFrom(0, 3, 40, NEVER),
	},
	{ requiredKeys: ["pulls"] },
) as fc.Arbitrary<Behaviour>;

const probes = fc.option(
	fc
		.record({
			initial: fc.nat(20),
			period: fc.integer({ min: 1, max: 15 }),
			timeout: fc.integer({ min: 1, max: 20 }),
			failures: fc.integer({ min: 1, max: 3 }),
		})
		.map(({ initial, period, timeout, failures }) =>
			probe({ initialDelayUs: initial * S, periodUs: period * S, timeoutUs: timeout * S, failureThreshold: failures }),
		),
);

const containers = fc
	.tuple(
		fc.array(fc.boolean(), { maxLength: 4 }),
		fc.array(fc.constant("main"), { minLength: 1, maxLength: 3 }),
		probes,
		probes,
		fc.nat(10),
	)
	.map(([sidecars, mains, livenessProbe, readinessProbe, preStop]) => [
		...sidecars.map((is, i) =>
			is
				? containerRun(`c${i}`, { kind: "sidecar", livenessProbe, preStopUs: preStop * S })
				: containerRun(`c${i}`, { kind: "init" }),
		),
		...mains.map((_, i) =>
			containerRun(`c${sidecars.length + i}`, { livenessProbe, readinessProbe, preStopUs: preStop * S }),
		),
	]);

const lives = fc.record({
	containers,
	restartPolicy: fc.constantFrom("Always" as const, "OnFailure" as const, "Never" as const),
	behaviours: fc.array(behaviours, { minLength: 7, maxLength: 7 }),
	stop: fc.option(
		fc.record({ at: fc.nat(900), reason: fc.constantFrom("deleted" as const, "evicted" as const), grace: fc.nat(40) }),
	),
});

test("whatever containers do: each start is ended once, order holds, and a stopped pod is gone in time", () => {
	fc.assert(
		fc.property(lives, ({ containers, restartPolicy, behaviours, stop }) => {
			const behaviour = Object.fromEntries(behaviours.map((each, i) => [`c${i}`, each]));
			const run = podRun(containers, { restartPolicy });
			const log = lifeOf(run, { behaviour, until: 3000, ...(stop === null ? {} : { stop }) });
			check(log, containers, stop === null ? Number.POSITIVE_INFINITY : stop.at + stop.grace);
		}),
		{ seed: 9, numRuns: 500 },
	);
});

/** `deadline`: when the grace of a stopped pod is over. */
function check(log: readonly string[], containers: readonly ContainerRun[], deadline: number): void {
	const running = new Set<string>();
	const starting = new Set<string>();
	const passed = new Set<string>();
	const mainsRun = () => containers.some(({ kind, name }) => kind === "main" && running.has(name));
	let stopped = false;
	for (const [i, line] of log.entries()) {
		const [time, what, name = ""] = line.split(" ") as [string, string, string?];
		const container = containers.findIndex((each) => each.name === name);
		if (what === "deleted" || what === "evicted") stopped = true;
		else if (what === "start") {
			expect([stopped, running.has(name), starting.has(name)]).toEqual([false, false, false]);
			for (const before of containers.slice(0, container))
				if (before.kind === "init") expect(passed).toContain(before.name);
			starting.add(name);
		} else if (name === "runs") {
			expect(starting.delete(what)).toBe(true);
			running.add(what);
		} else if (name === "exits") {
			expect(running.delete(what)).toBe(true);
			if (line.endsWith(" 0")) passed.add(what);
		} else if (what === "terminate" || what === "kill") {
			expect(running).toContain(name);
			const { kind, livenessProbe } = containers[container]!;
			// A sidecar that its probe does not end has its turn when the main containers are gone, or when the grace is over.
			if (kind === "sidecar" && livenessProbe === null && mainsRun())
				expect(Number(time)).toBeGreaterThanOrEqual(deadline);
		} else if (what === "Succeeded" || what === "Failed") {
			expect([i, running.size]).toEqual([log.length - 1, 0]);
			if (stopped) expect(Number(time)).toBeLessThanOrEqual(deadline + 2);
			return;
		}
	}
	expect(stopped).toBe(false);
}
