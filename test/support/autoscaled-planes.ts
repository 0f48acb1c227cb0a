/** A cell whose nodes an autoscaler brings, and what it says. */
import type { ClusterAccess } from "../../src/control/autoscaling/cluster-access.js";
import type { MakeController } from "../../src/control/controller.js";
import { daemonSetController } from "../../src/control/controllers/daemon-set/daemon-set.js";
import { deploymentController } from "../../src/control/controllers/deployment/deployment.js";
import { disruptionController } from "../../src/control/controllers/disruption.js";
import { nodeLifecycleController } from "../../src/control/controllers/node-lifecycle/node-lifecycle.js";
import { podGcController } from "../../src/control/controllers/pod-gc.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import { Heartbeats } from "../../src/control/heartbeats.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { TestPlane } from "./control-planes.js";

/** When, to a tenth of a second, what about, and what. */
export type Said = readonly [at: number, about: string, message: string];

/** Nodes join and leave as in Kubernetes; `source` is the autoscaler whose events are kept. */
export function autoscaledPlane(autoscaler: (access: ClusterAccess) => MakeController, source: string) {
	const heartbeats = new Heartbeats();
	const plane = new TestPlane({
		controllers: [
			deploymentController,
			replicaSetController,
			daemonSetController,
			disruptionController,
			nodeLifecycleController({ heartbeats, random: new SeededRandomSource("1").stream("lifecycle") }),
			podGcController(),
		],
		nodes: [],
		heartbeats,
		autoscalers: (access) => [autoscaler(access)],
	});
	const said: Said[] = [];
	plane.plane.server.watchEvents((event) => {
		if (event.source !== source) return;
		said.push([Math.round(plane.engine.nowUs / (SECOND / 10)) / 10, event.about.metadata.name, event.message]);
	});
	return { plane, said };
}

/** A Deployment whose pods ask for so much; `pod` is added to the pod's spec, `metadata` to its metadata. */
export function deployment(name: string, replicas: number, requests: object, pod: object = {}, metadata: object = {}) {
	const labels = { app: name };
	return {
		kind: "Deployment",
		metadata: { name },
		spec: {
			replicas,
			selector: { matchLabels: labels },
			template: {
				metadata: { labels, ...metadata },
				spec: { containers: [{ name: "main", image: "x", resources: { requests } }], ...pod },
			},
		},
	};
}

export function nodeNames({ plane }: TestPlane): readonly string[] {
	return [...plane.server.list("Node")].map(({ metadata }) => metadata.name);
}
