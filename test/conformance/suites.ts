/** The suites that `npm run conformance` knows, by name. */
import { kubeSuite } from "./kube/suite.js";
import { DOUBLES, MICROSECONDS } from "./omega/compare.js";
import { roundingExceptions } from "./omega/exceptions.js";
import { simulateReference } from "./omega/reference.js";
import { omegaSuite } from "./omega/suite.js";
import { runSuite, type Suite } from "./suite.js";

export const suites: Readonly<Record<string, Suite>> = {
	/** The real kube-scheduler 1.34. */
	kube: kubeSuite,
	/** The oracle itself, held to the golden runs exactly. */
	"omega-reference": omegaSuite(
		(golden, run, on) => simulateReference(golden, run, { clock: "double", ...on }),
		DOUBLES,
		[],
	),
	/** What rounding the times alone changes. */
	"omega-microseconds": omegaSuite(
		(golden, run, on) => simulateReference(golden, run, { clock: "microseconds", ...on }),
		MICROSECONDS,
		roundingExceptions,
	),
};

export { runSuite };
