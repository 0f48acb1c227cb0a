/** A swarm at work in a test: the two controllers, nodes, and what docker's commands do. */
import { swarmDispatcher } from "../../../../src/control/controllers/swarm/dispatcher.js";
import { swarmJobs } from "../../../../src/control/controllers/swarm/jobs.js";
import { availabilityPatch } from "../../../../src/control/controllers/swarm/nodes.js";
import { swarmOrchestrator } from "../../../../src/control/controllers/swarm/orchestrator.js";
import { isRunning, slotOf } from "../../../../src/control/controllers/swarm/tasks.js";
import { SWARM_RULES, type SwarmVersion } from "../../../../src/control/controllers/swarm/version.js";
import { Heartbeats } from "../../../../src/control/heartbeats.js";
import { swarmKinds } from "../../../../src/control/kinds/swarm/index.js";
import type { SwarmService } from "../../../../src/control/kinds/swarm/service.js";
import { isActive, type Pod } from "../../../../src/control/pod.js";
import { UNLIMITED } from "../../../../src/control/token-bucket.js";
import { SeededRandomSource } from "../../../../src/engine/random.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

export interface SwarmPlane {
	readonly plane: TestPlane;
	/** `docker service create`, `docker service update`; compose's own shape. */
	readonly create: (name: string, spec: object) => void;
	readonly update: (name: string, spec: object) => void;
	readonly remove: (name: string) => void;
	readonly availability: (node: string, action: "cordon" | "uncordon" | "drain") => void;
	readonly silence: (node: string, silent: boolean) => void;
	readonly service: (name: string) => SwarmService;
	/** Those of a service that shall run. */
	readonly tasks: (name: string) => readonly Pod[];
	/** "1 2 3": slots of the tasks that run, in order. */
	readonly running: (name: string) => string;
}

/** `nodes` nodes with room for 110 tasks each: n-0, n-1, ... */
export function swarmPlane(nodes: number, version: SwarmVersion = "17.05", seed = "1", managers = 1): SwarmPlane {
	const heartbeats = new Heartbeats();
	const random = new SeededRandomSource(seed).stream("heartbeats");
	const rules = SWARM_RULES[version];
	const plane = new TestPlane({
		controllers: [
			swarmDispatcher({ heartbeats, random, rules }),
			swarmOrchestrator({ rules, inTurn: true }),
			swarmJobs,
		],
		nodes: Array.from({ length: nodes }, (_, i) => node(`n-${i}`, { labels: { disk: i % 2 === 0 ? "ssd" : "hdd" } })),
		heartbeats,
		watchUs: 0,
		kinds: swarmKinds,
		client: UNLIMITED,
		taintsNew: false,
		replicas: { raft: { managers, electionTicks: rules.electionTicks } },
		scheduler: "swarm",
	});
	plane.create({ kind: "Namespace", metadata: { name: "default" } });
	const tasks = (name: string) => plane.pods.filter((pod) => pod.metadata.owner?.name === name && isActive(pod));
	return {
		plane,
		create: (name, spec) => plane.create({ kind: "Service", metadata: { name }, spec }),
		update: (name, spec) => plane.patch("Service", name, { spec }),
		remove: (name) => void plane.plane.delete("Service", `default/${name}`),
		availability: (name, action) => void plane.plane.patch("Node", `/${name}`, availabilityPatch(action)),
		silence: (name, silent) => plane.cell.setNodeSilent(plane.cell.nodeNamed(name)!, silent),
		service: (name) => plane.plane.server.get("Service", `default/${name}`) as SwarmService,
		tasks,
		running: (name) => tasks(name).filter(isRunning).map(slotOf).sort().join(" "),
	};
}
