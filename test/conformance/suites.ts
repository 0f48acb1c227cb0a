/** The suites that `npm run conformance` knows, by name. */
import { cgroupSuite } from "./cgroup/suite.js";
import { kubeSuite } from "./kube/suite.js";
import { kubeControlSuite } from "./kube-control/suite.js";
import { DOUBLES, MICROSECONDS } from "./omega/compare.js";
import { roundingExceptions } from "./omega/exceptions.js";
import { simulateProduct } from "./omega/product.js";
import { simulateReference } from "./omega/reference.js";
import { omegaSuite } from "./omega/suite.js";
import { openbSuite } from "./openb/suite.js";
import { runSuite, type Suite } from "./suite.js";

export const suites: Readonly<Record<string, Suite>> = {
	/** A real kernel: how it shared CPU and memory among groups of processes. */
	cgroup: cgroupSuite,
	/** The real kube-scheduler 1.34. */
	kube: kubeSuite,
	/** The real control plane of Kubernetes 1.34.4: controllers, the garbage collector, drains. */
	"kube-control": kubeControlSuite,
	/** The FGD study of GPU sharing, and the queue policies of the PAI simulator. */
	openb: openbSuite,
	/** cellsim's own schedulers and architectures, under the simulator's event order and randomness. */
	omega: omegaSuite((golden, run, on) => simulateProduct(golden, run, { order: "upstream", ...on }), {
		tolerance: MICROSECONDS,
		stopped: "instant",
		beside: {
			name: "in cellsim's own order of events",
			simulate: (golden, run) => simulateProduct(golden, run, { order: "product" }),
		},
	}),
	/** The oracle itself, held to the golden runs exactly. */
	"omega-reference": omegaSuite((golden, run, on) => simulateReference(golden, run, { clock: "double", ...on }), {
		tolerance: DOUBLES,
		stopped: "metrics",
	}),
	/** What rounding the times to microseconds alone changes. */
	"omega-microseconds": omegaSuite(
		(golden, run, on) => simulateReference(golden, run, { clock: "microseconds", ...on }),
		{ tolerance: MICROSECONDS, stopped: "metrics", exceptions: roundingExceptions },
	),
};

export { runSuite };
