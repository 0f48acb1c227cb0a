/** The load that the driver put on a Deployment: spread evenly over its ready pods. */
import type { MakeController } from "../../../src/control/controller.js";
import { horizontalPodAutoscalerController } from "../../../src/control/controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import type { Pod } from "../../../src/control/pod.js";
import { SECOND } from "../../../src/engine/time.js";
import type { Actor, Stage } from "./stage.js";

/** The driver wrote the metrics of the pods anew about so often. */
const METRICS_US = SECOND;

/** A controller that sees the load, and the action that changes it. `stage` is asked for when there is one. */
export function autoscaling(stage: () => Stage): { readonly make: MakeController; readonly act: Actor } {
	let [before, totalMilli, sinceUs] = [0, 0, 0];
	const measured = () => (stage().engine.nowUs - sinceUs < METRICS_US ? before : totalMilli);
	const readyPods = () => ([...stage().plane.server.list("Pod")] as Pod[]).filter(serves);
	return {
		make: horizontalPodAutoscalerController((pod, resource) =>
			serves(pod) && resource === "cpu" ? Math.floor(measured() / readyPods().length) : null,
		),
		act: (_stage, action) => {
			if (action.do !== "load") return false;
			[before, totalMilli, sinceUs] = [totalMilli, Number(action["totalMilliCpu"]), stage().engine.nowUs];
			return true;
		},
	};
}

function serves({ metadata, status }: Pod): boolean {
	return status.ready && metadata.deletedUs === null;
}
