/** A cell with a control plane, nodes that start pods, and a scheduler: what a test of controllers needs. */
import { Cell } from "../../src/cell/cell.js";
import { Cloud } from "../../src/control/autoscaling/cloud.js";
import type { ClusterAccess } from "../../src/control/autoscaling/cluster-access.js";
import { type AgentTimes, ControlPlane, type PlaneReplicas } from "../../src/control/control-plane.js";
import type { MakeController } from "../../src/control/controller.js";
import type { Heartbeats } from "../../src/control/heartbeats.js";
import type { AnyKind } from "../../src/control/kinds/kind.js";
import { podSpecOf } from "../../src/control/kinds/pod-template.js";
import type { Pod } from "../../src/control/pod.js";
import { arrivalWith } from "../../src/control/pod-annotations.js";
import type { RateLimit } from "../../src/control/token-bucket.js";
import { Engine } from "../../src/engine/engine.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND, type SimTime } from "../../src/engine/time.js";
import { NodeAgent } from "../../src/node/node-agent.js";
import { terminationOf } from "../../src/node/termination.js";
import type { NodeSpec } from "../../src/objects/spec.js";
import { kubernetesFilters } from "../../src/scheduling/kubernetes/what-if.js";
import { architectureNamed, schedulerNamed } from "./simulations.js";

const PHASES = { arriving: 0, nodeDue: 1, arrival: 2, retry: 3, commit: 4, wake: 5, leaving: 6 } as const;

export interface PlaneOptions {
	readonly controllers: readonly MakeController[];
	readonly nodes: readonly NodeSpec[];
	/** Controllers that bring nodes and give them back; default none. */
	readonly autoscalers?: (access: ClusterAccess) => readonly MakeController[];
	/** For a node lifecycle controller; default nobody watches over nodes. */
	readonly heartbeats?: Heartbeats;
	/** Of the plane; default one of each. */
	readonly replicas?: PlaneReplicas;
	/** Default 5 ms and 3 ms. */
	readonly requestUs?: SimTime;
	readonly watchUs?: SimTime;
	/** How agents tell what happens on nodes; default at once. */
	readonly agents?: AgentTimes;
	/** Default Kubernetes' own. */
	readonly kinds?: readonly AnyKind[];
	/** Of each controller; default that of kube-controller-manager. */
	readonly client?: RateLimit;
	/** Default where there are heartbeats. */
	readonly taintsNew?: boolean;
	/** Name of the placement policy; default least-allocated. */
	readonly scheduler?: string;
}

export class TestPlane {
	readonly engine = new Engine();
	readonly cell = new Cell(this.engine);
	readonly plane: ControlPlane;

	/** Pods start after half a second and leave after a second. */
	constructor({ controllers, nodes, autoscalers, requestUs = 5_000, watchUs = 3_000, ...options }: PlaneOptions) {
		const { heartbeats, replicas, agents, kinds, client, taintsNew, scheduler = "least-allocated" } = options;
		const { engine, cell } = this;
		const random = new SeededRandomSource("1");
		new NodeAgent(engine, cell, PHASES.nodeDue, {
			startDelayUs: () => SECOND / 2,
			onLoss: "resubmit",
			termination: terminationOf({ takesUs: () => SECOND, noticeDelivered: 1, notice: () => 0 }),
			reportsReady: true,
		});
		architectureNamed("monolithic")({
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
					scheduler: schedulerNamed(scheduler),
					decisionTime: { perJobUs: 0, perPodUs: 0 },
					queue: { discipline: "skip", backoff: { initialUs: 0, maxUs: 0 } },
					random: random.stream("scheduler/main"),
					sees: null,
				},
			],
		});
		const access = (): ClusterAccess => ({
			cell,
			cloud: new Cloud(engine, cell, PHASES.retry),
			filters: kubernetesFilters(cell),
			podOf: (uid) => this.plane.pods.podOf(uid),
		});
		const all = [...controllers, ...(autoscalers?.(access()) ?? [])];
		this.plane = new ControlPlane(engine, cell, {
			phase: PHASES.retry,
			requestUs,
			watchUs,
			controllers: all,
			...(heartbeats && { heartbeats }),
			...(replicas && { replicas }),
			random,
			...(agents && { agents }),
			...(kinds && { kinds }),
			...(client && { client }),
			...(taintsNew !== undefined && { taintsNew }),
			arrivalOf: ({ spec: { template }, metadata }) => ({
				...arrivalWith(podSpecOf(template, metadata.namespace, [], metadata.owner), metadata.annotations),
				name: null,
			}),
		});
		for (const node of nodes) cell.addNode(node);
	}

	/** Creates an object; one that is refused fails the test. */
	create(manifest: unknown): void {
		this.#expectDone(this.plane.create(manifest));
	}

	patch(kind: string, name: string, patch: unknown): void {
		this.#expectDone(this.plane.patch(kind, `default/${name}`, patch));
	}

	delete(kind: string, name: string): void {
		this.#expectDone(this.plane.delete(kind, `default/${name}`));
	}

	runFor(seconds: number): void {
		const untilUs = this.engine.nowUs + Math.round(seconds * SECOND);
		this.engine.runUntil(untilUs);
		this.engine.nowUs = untilUs;
	}

	get pods(): readonly Pod[] {
		return [...this.plane.server.list("Pod")] as Pod[];
	}

	#expectDone(result: ReturnType<ControlPlane["create"]>): void {
		if ("mistakes" in result) throw new Error(result.mistakes.map(({ message }) => message).join("; "));
		if (!result.ok) throw new Error(result.error.message);
	}
}
