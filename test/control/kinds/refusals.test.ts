/** What the real API server refuses is refused here, with the same kind of message: path, value, rule. */
import { expect, test } from "vitest";
import { formatPath } from "../../../src/objects/issues.js";
import { SELECTOR, TEMPLATE } from "../../support/api-objects.js";
import { TestPlane } from "../../support/control-planes.js";

const workload = (more: object) => ({ selector: SELECTOR, template: TEMPLATE, ...more });
const job = { template: { spec: { ...TEMPLATE.spec, restartPolicy: "Never" } } };
const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: {} } } };

test.each([
	[
		"Deployment",
		workload({ selector: { matchLabels: { app: "x" } } }),
		"spec.template.metadata.labels: `selector` does not match template `labels`",
	],
	[
		"Deployment",
		workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
		"spec.strategy.rollingUpdate.maxUnavailable: may not be 0 when `maxSurge` is 0",
	],
	["Deployment", workload({ replicas: -1 }), "spec.replicas: must be greater than or equal to 0"],
	["Deployment", workload({ replica: 3 }), "spec.replica: unknown"],
	[
		"StatefulSet",
		workload({ volumeClaimTemplates: [claim] }),
		"spec.volumeClaimTemplates[0].spec.resources.requests: missing 'storage': Required value",
	],
	[
		"StatefulSet",
		workload({ persistentVolumeClaimRetentionPolicy: { whenScaled: "Keep" } }),
		"spec.persistentVolumeClaimRetentionPolicy.whenScaled: ",
	],
	["CronJob", { schedule: "0 0 31 2 *", jobTemplate: { spec: job } }, "spec.schedule: "],
	["HorizontalPodAutoscaler", { maxReplicas: 3 }, "spec: missing 'scaleTargetRef'"],
	[
		"PersistentVolumeClaim",
		{ accessModes: [], resources: { requests: { storage: "1Gi" } } },
		"spec.accessModes: Required value: at least 1 access mode is required",
	],
	["Webside", {}, 'kind: no matches for kind "Webside"'],
])("%s %j", (kind, spec, message) => {
	const { plane } = new TestPlane({ controllers: [], nodes: [] });
	const refused = plane.create({ kind, metadata: { name: "x" }, spec });
	const texts =
		"mistakes" in refused ? refused.mistakes.map(({ path, message: text }) => `${formatPath(path)}: ${text}`) : [];
	expect(texts.join("; ")).toContain(message);
});
