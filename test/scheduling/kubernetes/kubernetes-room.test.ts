/** The queue of kube-scheduler in a simulation: who is tried when. */
import { describe, expect, test } from "vitest";
import { specOf } from "../../../src/experiment/registries.js";
import { runRules } from "../../../src/experiment/rules.js";
import { logOf, planOf } from "../../scenarios/scenario.js";

const SCHEDULING =
	"scheduling: {architecture: monolithic, schedulers: [{scheduler: kube-scheduler}], queue: {discipline: kubernetes}}";

/** Two nodes of 4 cpu, `n-0` and `n-1`; a third one, `t-0`, is tainted. */
const NODES = `cluster:
  nodeGroups:
    - {name: n, count: 2, template: {metadata: {labels: {zone: "\${{ item.index }}"}}, status: {allocatable: {cpu: "4", pods: 110}}}}
    - {name: t, count: 1, template: {spec: {taints: [{key: a, value: b, effect: NoSchedule}]}, status: {allocatable: {cpu: "9", pods: 110}}}}`;

/** One pod, labelled with its name. */
const pod = (name: string, atS: number, cpu: number, duration: string, spec = "") =>
	`{name: ${name}, arrival: {at: ${atS}s}, count: 1, template: {metadata: {labels: {app: ${name}}}, spec: {${spec} containers: [{name: c, resources: {requests: {cpu: ${cpu}}}}]}}, sim: {duration: ${duration}}}`;

/** Attempts and bindings, without the reasons. */
async function course(pods: readonly string[], end: string, scheduling = SCHEDULING): Promise<readonly string[]> {
	const log = await logOf(`clock: {end: ${end}}\n${NODES}\nworkloads: [${pods.join(", ")}]\n${scheduling}`);
	return log.split("\n").flatMap((line) => {
		const [time, what, ...rest] = line.split(" ");
		if (what === "bind") return [`${time} ${rest.join(" ")}`];
		return what === "attempt" && rest.includes("unschedulable") ? [`${time} no node for ${rest[1]}`] : [];
	});
}

const NEAR = `affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {matchLabels: {app: friend}}}]}},`;

describe("queueing hints", () => {
	test("the binding of a pod that it wants to be near to wakes a pod; that of another does not", async () => {
		const pods = [pod("lonely", 0, 1, "1h", NEAR), pod("stranger", 5, 1, "1h"), pod("friend", 9, 1, "1h")];
		expect(await course(pods, "1m")).toEqual([
			"0s no node for lonely-0",
			"5s stranger-0-0 -> n-0",
			"9s friend-0-0 -> n-1",
			"9s lonely-0-0 -> n-1",
		]);
		// A room that goes by free resources only does not see it.
		const skip = SCHEDULING.replace(", queue: {discipline: kubernetes}", "");
		expect(
			(await course(pods, "1m", skip.replace("kube-scheduler", "kube-scheduler"))).includes("9s lonely-0-0 -> n-1"),
		).toBe(false);
	});

	test("the end of a pod wakes those that lacked room, and not one that no end of a pod helps", async () => {
		const elsewhere = "nodeSelector: {zone: none},";
		const pods = [
			pod("a", 0, 4, "10s"),
			pod("b", 0, 4, "1h"),
			pod("big", 1, 3, "1h"),
			pod("lost", 2, 1, "1h", elsewhere),
		];
		expect(await course(pods, "5m")).toEqual([
			"0s a-0-0 -> n-0",
			"0s b-0-0 -> n-1",
			"1s no node for big-0",
			"2s no node for lost-0",
			"10s big-0-0 -> n-0",
		]);
	});

	test("after more than five minutes without an event a pod is tried again, at the next half minute", async () => {
		// It came at 2 s: at 300 s it has waited for 298 s, at 330 s for 328 s.
		expect(await course([pod("lost", 2, 1, "1h", "nodeSelector: {zone: none},")], "12m")).toEqual([
			"2s no node for lost-0",
			"5m30s no node for lost-0",
			// 300 s after 330 s it has not waited for longer than that.
			"11m no node for lost-0",
		]);
	});
});

test("a pod behind a scheduling gate, or for a scheduler that there is no profile for, is not tried at all", async () => {
	const gated = pod("gated", 0, 1, "1h", "schedulingGates: [{name: quota}],");
	const foreign = pod("foreign", 0, 1, "1h", "schedulerName: volcano,");
	expect(await course([gated, foreign, pod("free", 1, 1, "1h")], "20m")).toEqual(["1s free-0-0 -> n-0"]);
});

test("priority goes first, then the order of coming; a pod that stopped another gets its node", async () => {
	const high = "priority: 10,";
	const pods = [
		pod("a", 0, 4, "1h"),
		pod("b", 0, 4, "1h"),
		pod("low", 3, 4, "1h"),
		pod("first", 3, 4, "1h", high),
		pod("second", 3, 4, "1h", high),
	];
	const log = await course(pods, "4m");
	expect(log.slice(0, 2)).toEqual(["0s a-0-0 -> n-0", "0s b-0-0 -> n-1"]);
	expect(log.filter((line) => line.includes("->")).slice(2)).toEqual(["3s first-0-0 -> n-0", "3s second-0-0 -> n-1"]);
});

describe("refused", () => {
	const mistakes = (spec: string) => {
		const { document } = planOf(spec);
		return runRules([])(document, specOf(document)).map(({ path, message }) => `${path.join(".")}: ${message}`);
	};
	const work = `clock: {end: 1m}\n${NODES}\nworkloads: [${pod("p", 0, 1, "1s")}]\n`;

	test("with another scheduler, without an end, with a backoff, under an architecture of offers", () => {
		expect(mistakes(work + SCHEDULING)).toEqual([]);
		const at = "spec.scheduling.queue.discipline: ";
		const other = SCHEDULING.replace("kube-scheduler", "first-fit").replace("monolithic", "two-level");
		expect(
			mistakes(
				work.replace("clock: {end: 1m}", "") + other.replace("kubernetes}", "kubernetes, backoff: {initial: 1s}}"),
			),
		).toEqual([
			`${at}kubernetes is the queue of the scheduler kube-scheduler: no other can have it`,
			`${at}the queue of kube-scheduler goes with the architectures monolithic, static-partition, shared-state`,
			`${at}the queue of kube-scheduler has a backoff of its own (podInitialBackoffSeconds of its configuration): leave backoff and retry out`,
			`${at}the queue of kube-scheduler tries pods again for ever: give the experiment an end (clock.end)`,
		]);
	});
});
