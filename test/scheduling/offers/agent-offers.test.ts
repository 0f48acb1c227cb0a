/** Offers agent by agent, as logs: who is offered what, and when. */
import { expect, test } from "vitest";
import type { AgentOffers } from "../../../src/scheduling/offers/agent-offers.js";
import { job, node } from "../../support/cells.js";
import { contextOf } from "../../support/offers.js";
import { architectureNamed, schedulerNamed, simulate } from "../../support/simulations.js";

const FOR_EVER = Number.POSITIVE_INFINITY;
const SECOND = 1_000_000;
const MIB = 2 ** 20;

/** Two frameworks; the name of a job says whose it is. Times of bindings in seconds. */
async function told(
	options: Parameters<typeof simulate>[0] & {
		readonly frameworks?: object;
		readonly weights?: object;
		readonly minimum?: object;
	},
) {
	const { frameworks = {}, weights = {}, minimum = { cpu: "10m", memory: "32Mi" }, ...others } = options;
	const params = { allocatorTime: "1ms", batching: "1s", weights, agents: { minimum, frameworks } };
	const { bindings, simulation } = await simulate({
		architecture: (context) => architectureNamed("two-level", params)(contextOf(context)),
		replicas: 2,
		scheduler: () => schedulerNamed("marathon"),
		endUs: 60 * SECOND,
		...others,
	});
	const log = bindings.map((line) => {
		const [us = "", , pod = "", on = ""] = line.split(" ");
		return `${(Number(us) / SECOND).toFixed(3)} ${pod.replace(/-0$/, "")} ${on}`;
	});
	return { log, offers: simulation.architecture as AgentOffers };
}

const nodes = (count: number, cpu = 4000) =>
	Array.from({ length: count }, (_, n) => node(`n${n}`, { cpu, memory: 1024 * MIB }));
const service = (name: string, pods: number, timeUs = 0) =>
	job(name, { pods, durationUs: FOR_EVER, timeUs, cpu: 100, memory: MIB });

test("a framework takes so many pods of an offer, and sees the rest in the next round if it does not refuse it", async () => {
	const frameworks = {
		"scheduler-0": { podsPerAgent: 5, unused: "0s", revive: { every: "5s" }, suppress: true },
		"scheduler-1": { suppress: true, revive: { every: "5s" } },
	};
	const jobs = Array.from({ length: 12 }, (_, i) => service(`p0-${i}`, 1));
	const { log } = await told({ nodes: nodes(1), jobs, frameworks });
	const times = log.map((line) => line.split(" ")[0]);
	expect(times).toEqual([...Array(5).fill("0.001"), ...Array(5).fill("1.001"), ...Array(2).fill("2.001")]);
});

test("what is left of an offer is refused for 5 s, and a filter lasts for whole rounds", async () => {
	const frameworks = {
		"scheduler-0": { podsPerAgent: 1, revive: { every: "100s" } },
		"scheduler-1": { suppress: true, revive: { every: "5s" } },
	};
	const { log } = await told({
		nodes: nodes(1),
		jobs: [service("p0-a", 1), service("p0-b", 1), service("p0-c", 1)],
		frameworks,
	});
	// Refused at 0.001 until 5.001: the round of 6 s is the next. Then until 11.001: that of 12 s.
	expect(log.map((line) => line.split(" ")[0])).toEqual(["0.001", "6.001", "12.001"]);
});

test("a filter holds for no more than was refused: an agent that got room is offered again", async () => {
	const frameworks = {
		"scheduler-0": { decline: "1h", suppress: true, revive: { every: "1h" } },
		"scheduler-1": { suppress: true, revive: { every: "5s" } },
	};
	const jobs = [
		job("p1-first", { durationUs: 10 * SECOND, cpu: 3000, memory: MIB }),
		job("p0-big", { durationUs: FOR_EVER, cpu: 2000, memory: MIB, timeUs: 2 * SECOND }),
	];
	const { log, offers } = await told({ nodes: nodes(1), jobs, frameworks });
	// Declined at 2 s with 1000m free; p1-first ends at 10.001, and the round of 11 s offers 4000m.
	expect(log).toEqual(["0.001 p1-first n0", "11.001 p0-big n0"]);
	expect(offers.offersDeclined).toBe(1);
});

test("reviving forgets what was refused", async () => {
	const frameworks = {
		"scheduler-0": { decline: "1h", unused: "1h", revive: { every: "5s" } },
		"scheduler-1": { suppress: true, revive: { every: "5s" } },
	};
	const { log } = await told({
		nodes: nodes(1),
		jobs: [service("p0-a", 1), service("p0-b", 1, 2 * SECOND), service("p0-c", 1, 20 * SECOND)],
		frameworks,
	});
	// At most each 5 s: what comes at 2 s is offered at 5 s.
	expect(log).toEqual(["0.001 p0-a n0", "5.001 p0-b n0", "20.001 p0-c n0"]);
});

test("an agent is offered with 0.01 CPU or 32 MB free, and not with less of both", async () => {
	const small = [
		node("bytes", { cpu: 5, memory: 32 * MIB }),
		node("cpu", { cpu: 10, memory: 1 }),
		node("dust", { cpu: 9, memory: 31 * MIB }),
	];
	const tiny = [
		job("p0-a", { durationUs: FOR_EVER, cpu: 1, memory: 1 }),
		job("p0-b", { durationUs: FOR_EVER, cpu: 1, memory: 1 }),
		job("p0-c", { durationUs: FOR_EVER, cpu: 1, memory: 1 }),
	];
	const frameworks = {
		"scheduler-0": { podsPerAgent: 1, unused: "1h" },
		"scheduler-1": { suppress: true, revive: { every: "5s" } },
	};
	const { log } = await told({ nodes: small, jobs: tiny, frameworks });
	expect(log.map((line) => line.split(" ")[2]).sort()).toEqual(["bytes", "cpu"]);
});

test("agents go to the smaller dominant share, among equals to who was given fewer, by weight", async () => {
	const wants = { unused: "0s", podsPerAgent: 1 };
	const frameworks = { "scheduler-0": wants, "scheduler-1": wants };
	const jobs = [0, 1].flatMap((who) =>
		Array.from({ length: 20 }, (_, i) => job(`p${who}-${i}`, { durationUs: FOR_EVER, cpu: 1000, memory: MIB })),
	);
	const owned = (log: readonly string[]) =>
		[0, 1].map((who) => log.filter((line) => line.includes(` p${who}-`)).length);
	const equal = await told({ nodes: nodes(6), jobs, frameworks });
	const weighed = await told({ nodes: nodes(6), jobs, frameworks, weights: { "scheduler-0": 2 } });
	// 24 places for 40 pods.
	expect(owned(equal.log)).toEqual([12, 12]);
	expect(owned(weighed.log)).toEqual([16, 8]);
});

test("agents in maintenance, or that the master has lost, are not offered", async () => {
	const lost = { key: "mesos/agent-lost", value: "", effect: "NoSchedule" } as const;
	const open = [
		node("cordoned", { unschedulable: true, memory: 64 * MIB }),
		node("lost", { taints: [lost], memory: 64 * MIB }),
		node("open", { memory: 64 * MIB }),
	];
	const { log } = await told({ nodes: open, jobs: [service("p0-a", 2), service("p1-b", 2)] });
	expect([...new Set(log.map((line) => line.split(" ")[2]))]).toEqual(["open"]);
});

test("a framework that stops at the first that finds no room tries those behind it in the next round", async () => {
	const stops = { stopWithoutRoom: true, unused: "0s", decline: "0s" };
	const frameworks = { "scheduler-0": stops, "scheduler-1": { suppress: true, revive: { every: "5s" } } };
	const jobs = [job("p0-big", { durationUs: FOR_EVER, cpu: 9000, memory: MIB }), service("p0-small", 1)];
	const queue = {
		discipline: "skip",
		backoff: { initialUs: 0, maxUs: 0 },
		retry: { place: "tail", afterConflictUs: 0, afterNoRoomUs: null },
	} as const;
	const { log } = await told({ nodes: nodes(1), jobs, frameworks, queue });
	expect(log).toEqual(["1.001 p0-small n0"]);
});
