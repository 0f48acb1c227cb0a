/** The recorded decisions of the real kube-scheduler as a suite: every attempt, what it left behind, and traces of the queue. */
import type { KubernetesOptions } from "../../../src/scheduling/kubernetes/kubernetes-scheduler.js";
import type { Suite } from "../suite.js";
import { compare } from "./compare.js";
import { caseNames, readCase, type Scenario } from "./golden.js";
import { QueueReplay } from "./queue-replay.js";
import { Replay } from "./replay.js";

/** `keeps`: what the scheduler keeps of what plugins said. */
export function suiteKeeping(keeps: KubernetesOptions["keeps"]): Suite {
	return {
		cases: (folder) =>
			caseNames(folder).map((name) => ({
				name,
				compare: () => {
					const { scenario, golden } = readCase(folder, name);
					return compare(golden, replay(scenario, keeps).run());
				},
			})),
		exceptions: [],
	};
}

/** The fast form, from the first pod on. */
export const kubeSuite = suiteKeeping("all");

function replay(scenario: Scenario, keeps: KubernetesOptions["keeps"]): Replay | QueueReplay {
	return scenario.mode === "queue" ? new QueueReplay(scenario, keeps) : new Replay(scenario, keeps);
}
