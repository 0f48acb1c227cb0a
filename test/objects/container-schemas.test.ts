import { describe, expect, test } from "vitest";
import { podSpecFromTemplate, podTemplateSpecSchema } from "../../src/objects/pod.js";
import { complaints } from "../support/complaints.js";

const SECOND = 1_000_000;

function runOf(spec: object) {
	return podSpecFromTemplate(podTemplateSpecSchema.parse({ spec }), []).run!;
}

const refused = (container: object) =>
	complaints(podTemplateSpecSchema, { spec: { containers: [{ name: "c", ...container }] } });

describe("how a pod runs", () => {
	test("init containers and sidecars first, then the others; requests follow limits", () => {
		const { containers } = runOf({
			containers: [{ name: "web", resources: { limits: { cpu: "2" } } }],
			initContainers: [{ name: "setup" }, { name: "proxy", restartPolicy: "Always" }],
		});
		expect(containers.map(({ name, kind, requests, limits }) => [name, kind, requests, limits])).toEqual([
			["setup", "init", {}, {}],
			["proxy", "sidecar", {}, {}],
			["web", "main", { cpu: 2000 }, { cpu: 2000 }],
		]);
	});

	test("restart policy, grace, preStop; probes with the defaults of the API server", () => {
		const run = runOf({
			restartPolicy: "OnFailure",
			terminationGracePeriodSeconds: 5,
			containers: [
				{
					name: "c",
					lifecycle: { preStop: { sleep: { seconds: 3 } } },
					livenessProbe: { httpGet: { path: "/", port: 80 }, initialDelaySeconds: 15, failureThreshold: 2 },
				},
			],
		});
		expect(run).toMatchObject({ restartPolicy: "OnFailure", terminationGraceUs: 5 * SECOND });
		expect(run.containers[0]).toMatchObject({
			preStopUs: 3 * SECOND,
			startupProbe: null,
			livenessProbe: {
				initialDelayUs: 15 * SECOND,
				periodUs: 10 * SECOND,
				timeoutUs: SECOND,
				successThreshold: 1,
				failureThreshold: 2,
			},
		});
		expect(runOf({ containers: [{ name: "c" }] })).toMatchObject({
			restartPolicy: "Always",
			terminationGraceUs: 30 * SECOND,
		});
	});

	test.each([
		["nginx", "Always"],
		["nginx:latest", "Always"],
		["nginx:1.29", "IfNotPresent"],
		["registry:5000/team/app", "Always"],
		["app@sha256:0123", "IfNotPresent"],
	])("image %s is pulled %s", (image, policy) => {
		expect(runOf({ containers: [{ name: "c", image }] }).containers[0]!.imagePullPolicy).toBe(policy);
		const never = runOf({ containers: [{ name: "c", image, imagePullPolicy: "Never" }] });
		expect(never.containers[0]!.imagePullPolicy).toBe("Never");
	});
});

describe("what is refused", () => {
	test("a probe of period 0, and thresholds that never or always hold", () => {
		expect(refused({ livenessProbe: { periodSeconds: 0 } })).toEqual([
			"spec.containers[0].livenessProbe.periodSeconds: must be 1 or more seconds: leave it out for 10",
		]);
		expect(refused({ readinessProbe: { failureThreshold: 0 } })).toEqual([
			"spec.containers[0].readinessProbe.failureThreshold: must be 1 or more failures: leave it out for 3",
		]);
		expect(refused({ startupProbe: { successThreshold: 2 } })).toEqual([
			"spec.containers[0].startupProbe.successThreshold: must be 1 for a startup or liveness probe",
		]);
	});

	test("a limit below the request", () => {
		expect(refused({ resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } })).toEqual([
			"spec.containers[0].resources.limits.cpu: the limit of cpu (1) is below its request (2): raise the limit or lower the request",
		]);
	});

	test("a field that probes do not have, and a probe of an init container that ends", () => {
		expect(refused({ livenessProbe: { perodSeconds: 5 } })[0]).toContain("perodSeconds");
		const pod = { spec: { containers: [{ name: "c" }], initContainers: [{ name: "i", livenessProbe: {} }] } };
		expect(complaints(podTemplateSpecSchema, pod)).toEqual([
			"spec.initContainers[0].livenessProbe: an init container has no livenessProbe unless it restarts always: leave it out, or write restartPolicy: Always",
		]);
	});
});
