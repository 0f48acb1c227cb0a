/** The timelines of the real Kubernetes 1.34.4 control plane as a suite. */
import { InputError } from "../../../src/objects/input-error.js";
import type { Comparison, Suite } from "../suite.js";
import { drive } from "./drive.js";
import { readScenario, type Scenario, scenarioNames } from "./golden.js";
import { compareMeasures, measuresOf } from "./measures.js";

export const kubeControlSuite: Suite = {
	cases: (folder) =>
		scenarioNames(folder).map((name) => ({
			name,
			compare: () => played(readScenario(folder, name)),
		})),
	exceptions: [
		{
			case: "all-zones",
			first: "2.nodes +unreachable:NoExecute",
			cause:
				"six control planes ran at once: caches were so late that a zone's first turn came before its nodes were seen to be Unknown, and was lost (the queue skips nodes that look ready), in each repeat; the zone's next turn is ten seconds later, as ours",
		},
		{
			case: "job-fail-default6",
			first: "1.pods.created.lastMs",
			cause:
				"the machine of the recording was starved from 97 s to 277 s: its fourth back-off reads 91 s instead of 80 s, and the fifth pod took 65 s to run for one second; the other five back-offs are equal",
		},
		{
			case: "job-suspend",
			first: "3.pods.ready.firstMs",
			cause:
				"the API server of the recording took up to a third of a second for the requests after the resumption, in each repeat, and the pods' nodes a tenth more: 0.68 s to the first ready pod instead of 0.53 s",
		},
		{
			case: "node-delete",
			first: "1.pods.ready.firstMs",
			cause:
				"three repeats created their pods on one machine within three seconds: the first pod was ready after 0.8 to 2.2 s instead of 0.53 s; all else is equal",
		},
		{
			case: "node-fail-one",
			first: "3.pods.leastActive",
			cause:
				"three pods whose 300 s end together: the requests of the recording took 67 ms, and the first was replaced before the third was told to go; ours take 10 ms",
		},
		{
			case: "preemption",
			first: "2.pods.created.lastMs",
			cause:
				"when the second Deployment comes, the controller has spent more requests on the first one than ours: its last event about that comes after 2.3 to 3.1 s, ours after 2.1 s; what it spent them on is not recorded (ReplicaSets are not in this scenario's data)",
		},
		{
			case: "zone-big-6of10",
			first: "3.pods.created",
			cause:
				"one repeat, and a coincidence: the taint was taken off 17 ms before two pods' 30 s were over; our passes drift 0.3 s less in four minutes, and the pods go 0.1 s before",
		},
	],
};

/** One that cannot be played differs, and leaves the others alone. */
function played(scenario: Scenario): Comparison {
	const repeats = scenario.runs.map(({ events }) => measuresOf(events));
	try {
		return compareMeasures(repeats, measuresOf(drive(scenario)));
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		return { decisions: 1, equal: 0, differences: [{ path: "actions", expected: "played", got: error.message }] };
	}
}
