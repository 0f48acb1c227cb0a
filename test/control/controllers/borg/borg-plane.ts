/** A Borg cell at work in a test: its controllers, machines, and what users do to jobs. */
import { borgJobs } from "../../../../src/control/controllers/borg/jobs.js";
import { borgletPolls } from "../../../../src/control/controllers/borg/polls.js";
import { indexOf, textOf } from "../../../../src/control/controllers/borg/tasks.js";
import { disruptionController } from "../../../../src/control/controllers/disruption.js";
import { garbageCollectorFor } from "../../../../src/control/controllers/garbage-collector.js";
import { podGcController } from "../../../../src/control/controllers/pod-gc.js";
import { Heartbeats } from "../../../../src/control/heartbeats.js";
import { borgKinds } from "../../../../src/control/kinds/borg/index.js";
import type { BorgJob } from "../../../../src/control/kinds/borg/job.js";
import { isActive, type Pod } from "../../../../src/control/pod.js";
import { UNLIMITED } from "../../../../src/control/token-bucket.js";
import { SECOND } from "../../../../src/engine/time.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

export const POLL_US = 5 * SECOND;

export interface BorgPlane {
	readonly plane: TestPlane;
	readonly create: (name: string, spec: object) => void;
	readonly push: (name: string, spec: object) => void;
	readonly job: (name: string) => BorgJob;
	/** Those of a job that shall run, by number. */
	readonly tasks: (name: string) => readonly Pod[];
	/** "0 a, 1 b": the tasks that serve, and the image of each. */
	readonly running: (name: string) => string;
	readonly silence: (machine: string, silent: boolean) => void;
}

/** `machines` machines of 4 CPUs: n-0, n-1, ...; machines with an even number have an ssd. */
export function borgPlane(machines: number, rescheduledPerSecond = 10): BorgPlane {
	const heartbeats = new Heartbeats({ periodUs: POLL_US });
	const plane = new TestPlane({
		controllers: [
			borgletPolls({ heartbeats, everyUs: POLL_US, missed: 3, rescheduledPerSecond }),
			borgJobs,
			disruptionController,
			podGcController(),
			garbageCollectorFor(borgKinds),
		],
		nodes: Array.from({ length: machines }, (_, i) =>
			node(`n-${i}`, { cpu: 4000, labels: { disk: i % 2 === 0 ? "ssd" : "hdd" } }),
		),
		heartbeats,
		kinds: borgKinds,
		client: UNLIMITED,
		taintsNew: false,
		scheduler: "borg",
	});
	plane.create({ kind: "Namespace", metadata: { name: "default" } });
	const tasks = (name: string) =>
		plane.pods
			.filter((pod) => pod.metadata.owner?.name === name && isActive(pod))
			.sort((a, b) => indexOf(a) - indexOf(b));
	return {
		plane,
		create: (name, spec) => plane.create({ kind: "BorgJob", metadata: { name }, spec }),
		push: (name, spec) => plane.patch("BorgJob", name, { spec }),
		job: (name) => plane.plane.server.get("BorgJob", `default/${name}`) as BorgJob,
		tasks,
		running: (name) =>
			tasks(name)
				.filter(({ status }) => status.ready)
				.map((task) => `${indexOf(task)} ${JSON.parse(textOf(task)).image}`)
				.join(", "),
		silence: (machine, silent) => plane.cell.setNodeSilent(plane.cell.nodeNamed(machine)!, silent),
	};
}
