/** Does to a control plane of ours what the driver of a recording did to the real one, at the same times. */

import { Cell } from "../../../src/cell/cell.js";
import type { Texts } from "../../../src/control/api-object.js";
import { ControlPlane } from "../../../src/control/control-plane.js";
import { deploymentController } from "../../../src/control/controllers/deployment/deployment.js";
import { disruptionController } from "../../../src/control/controllers/disruption.js";
import { endpointSliceController } from "../../../src/control/controllers/endpoint-slice.js";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import { resourceQuotaController } from "../../../src/control/controllers/resource-quota.js";
import { podSpecOf } from "../../../src/control/kinds/pod-template.js";
import type { Pod, PodTemplate } from "../../../src/control/pod.js";
import { Engine } from "../../../src/engine/engine.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { NodeAgent } from "../../../src/node/node-agent.js";
import { terminationOf } from "../../../src/node/termination.js";
import type { PodArrival } from "../../../src/objects/arrival.js";
import { InputError } from "../../../src/objects/input-error.js";
import { architectures } from "../../../src/scheduling/architectures/index.js";
import { schedulers } from "../../../src/scheduling/schedulers/index.js";
import { autoscaling } from "./drive-autoscaling.js";
import { evictions, nodePatches } from "./drive-drain.js";
import { addNodes, nodeActions, nodeControllers, recordedHeartbeats } from "./drive-nodes.js";
import { objectActions } from "./drive-objects.js";
import { podActions } from "./drive-pods.js";
import { podCreations } from "./drive-quota.js";
import { workloadControllers } from "./drive-workloads.js";
import type { Scenario, TimelineEvent } from "./golden.js";
import { ANSWERED } from "./measures.js";
import { Recorder } from "./record.js";
import type { Actor, Stage } from "./stage.js";
import { actionsOf, namespaceOf, runsBesideOthers } from "./together.js";

/** API calls on the machine of the recordings took 2 to 10 ms, and its watches a few. */
const REQUEST_US = 5_000;
const WATCH_US = 3_000;
/** The caches of controllers were at times behind the answers to their own writes. */
const CACHE_US = [1_000, 3_500] as const;
/** All of it ran on two cores: requests that came together waited for each other. */
const SERVICE_US = 3_500;
/** The day of the recordings: CronJobs count minutes from 1970 in the names of their Jobs. */
const RECORDED_ON = "2026-11-21";
const PHASES = { arriving: 0, nodeDue: 1, arrival: 2, control: 3, retry: 3, commit: 4, wake: 5, leaving: 6 } as const;

/** Replays the first repeat's actions; what happened. */
export function drive(scenario: Scenario): readonly TimelineEvent[] {
	const { setup, runs } = scenario;
	const engine = new Engine();
	engine.nowUs = startOf(scenario);
	const startUs = engine.nowUs;
	const cell = new Cell(engine);
	const random = new SeededRandomSource("1");
	const kubelet = setup.fakeKubelet;
	const retries = random.stream("evictions/retries");
	const cache = random.stream("controller-manager/cache");
	new NodeAgent(engine, cell, PHASES.nodeDue, {
		startDelayUs: () => kubelet.startMs * 1000,
		onLoss: "resubmit",
		termination: terminationOf({ takesUs: () => kubelet.termMs * 1000, noticeDelivered: 1, notice: () => 0 }),
		reportsReady: "once",
	});
	const kubeScheduler = schedulers.all.get("kube-scheduler")!;
	const monolithic = architectures.all.get("monolithic")!;
	monolithic.create(monolithic.params?.parse({}), {
		engine,
		cell,
		phases: PHASES,
		random,
		router: () => 0,
		processes: [
			{
				index: 0,
				name: "main",
				entry: "main",
				scheduler: kubeScheduler.create(kubeScheduler.params?.parse({})),
				decisionTime: { perJobUs: 0, perPodUs: 2_000 },
				queue: { discipline: "kubernetes", backoff: { initialUs: 1_000_000, maxUs: 10_000_000 } },
				random: random.stream("scheduler/main"),
				sees: null,
			},
		],
	});
	const heartbeats = recordedHeartbeats(scenario, startUs);
	addNodes(cell, scenario);
	const scaling = autoscaling(() => stage);
	const plane = new ControlPlane(engine, cell, {
		phase: PHASES.control,
		requestUs: REQUEST_US,
		serviceUs: SERVICE_US,
		watchUs: WATCH_US,
		cacheUs: () => CACHE_US[0] + cache.integer(CACHE_US[1] - CACHE_US[0]),
		controllers: [
			replicaSetController,
			deploymentController,
			endpointSliceController,
			disruptionController,
			resourceQuotaController,
			...workloadControllers,
			scaling.make,
			...nodeControllers(scenario, startUs, heartbeats, random),
		],
		heartbeats,
		jitter: () => retries.next(),
		arrivalOf: (pod) => arrivalOf(pod, kubelet.readyMs),
	});
	plane.create({ kind: "Namespace", metadata: { name: "default" } });
	const sinceStart = {
		get nowUs() {
			return engine.nowUs - startUs;
		},
	};
	const recorder = new Recorder(sinceStart, plane.server);
	const stage: Stage = { engine, cell, plane, scenario, recorder };
	const [repeat] = runs;
	for (const { event, t, repeat: number } of actionsOf(scenario)) {
		engine.runUntil(startUs + Math.round(t * 1000));
		engine.nowUs = startUs + Math.round(t * 1000);
		// Answers are what ours gives.
		if (ANSWERED.test(event.do!)) continue;
		if (number === 0) recorder.action(event.do!);
		const played = [...ACTORS, scaling.act].some((act) => act(stage, event, namespaceOf(number)));
		if (!played && COMMAND.test(event.do!)) throw new InputError(`unknown action of the driver: ${event.do}`);
	}
	const last = repeat!.events.at(-1)!;
	engine.runUntil(startUs + Math.round(last.t * 1000) + tailUs(scenario, last));
	return recorder.events;
}

/** After the last event of the recording: the driver may have stopped it there, and what was done for others goes on. */
function tailUs(scenario: Scenario, last: TimelineEvent): number {
	if (last.k === "ACTION") return 0;
	return runsBesideOthers(scenario) ? 300_000 : 1_000_000;
}

/** Of its first repeat, in microseconds from 1970: whole seconds and minutes are where they were. */
function startOf({ runs }: Scenario): number {
	return Date.parse(`${RECORDED_ON}T${runs[0]!.t0UTC}Z`) * 1000;
}

/** What is done, not only remarked. */
const COMMAND = /^(create|patch|delete|evict|relabel|fail|remove|add|cordon|uncordon|drain(?! calls)|taint|scale) /;

const ACTORS: readonly Actor[] = [podActions, nodeActions, nodePatches, evictions, podCreations, objectActions];

/** What the fake kubelet made of a pod, by its annotations. */
function arrivalOf(pod: Pod, readyMs: number): PodArrival & { readonly exitCode: number } {
	const notes = pod.metadata.annotations;
	const us = (name: string) => (notes[name] === undefined ? undefined : Number(notes[name]) * 1000);
	const startUs = us("sim/start-ms");
	const stopUs = us("sim/term-ms");
	const readyUs =
		notes["sim/never-ready"] === "true" ? Number.POSITIVE_INFINITY : (us("sim/ready-ms") ?? readyMs * 1000);
	return {
		name: null,
		spec: podSpecOf(prioritized(pod.spec.template), pod.metadata.namespace, CLASSES, pod.metadata.owner),
		durationUs: us("sim/run-ms") ?? Number.POSITIVE_INFINITY,
		exit: exitCodeOf(notes) === 0 ? "succeeded" : "failed",
		exitCode: exitCodeOf(notes),
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
		timing: { readyUs, ...(startUs !== undefined && { startUs }), ...(stopUs !== undefined && { stopUs }) },
	};
}

/** Priority classes that the driver set up beforehand; pods of one of them preempt nobody. */
const CLASSES = [
	{ name: "low", value: 100, globalDefault: false },
	{ name: "mid", value: 1_000, globalDefault: false },
	{ name: "high", value: 10_000, globalDefault: false },
	{ name: "never", value: 10_000, globalDefault: false },
];

/** The API server copies the policy of a pod's class to the pod. */
function prioritized(template: PodTemplate): PodTemplate {
	if (template.spec["priorityClassName"] !== "never") return template;
	let known = neverPreempting.get(template);
	if (known === undefined) {
		known = { ...template, spec: { ...template.spec, preemptionPolicy: "Never" } };
		neverPreempting.set(template, known);
	}
	return known;
}

const neverPreempting = new WeakMap<PodTemplate, PodTemplate>();

function exitCodeOf(notes: Texts): number {
	const index = notes["batch.kubernetes.io/job-completion-index"];
	if (index !== undefined && notes["sim/fail-index"] === index) return 1;
	return Number(notes["sim/exit"] ?? 0);
}
