/** The recorded decisions of the real kube-scheduler as a suite: every attempt, what it left behind, and traces of the queue. */
import type { Suite } from "../suite.js";
import { compare } from "./compare.js";
import { caseNames, readCase, type Scenario } from "./golden.js";
import { QueueReplay } from "./queue-replay.js";
import { Replay } from "./replay.js";

export const kubeSuite: Suite = {
	cases: (folder) =>
		caseNames(folder).map((name) => ({
			name,
			compare: () => {
				const { scenario, golden } = readCase(folder, name);
				return compare(golden, replay(scenario).run());
			},
		})),
	exceptions: [],
};

function replay(scenario: Scenario): Replay | QueueReplay {
	return scenario.mode === "queue" ? new QueueReplay(scenario) : new Replay(scenario);
}
