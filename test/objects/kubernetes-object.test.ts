import { describe, expect, test } from "vitest";
import { z } from "zod";
import { lenientObject, strictObject } from "../../src/objects/kubernetes-object.js";
import { podSchema, podSpecFromTemplate, podTemplateSchema, podTemplateSpecSchema } from "../../src/objects/pod.js";
import { complaints } from "../support/complaints.js";

test("strict objects know every field of their type; what is read is checked, the rest stays as it is", () => {
	const port = strictObject("ContainerPort", { hostPort: z.int() }, { error: "a pod needs a port" });
	expect(port.parse({ hostPort: 1, containerPort: "any" })).toEqual({ hostPort: 1, containerPort: "any" });
	expect(complaints(port, { hostPort: "x", hostport: 1 })).toEqual([
		"hostPort: expected a whole number, got 'x'",
		"hostport: unknown key 'hostport'; did you mean 'hostPort'?",
	]);
	expect(complaints(port, 5)).toEqual(["a pod needs a port"]);
	expect(lenientObject("ContainerPort", { hostPort: z.int() }).parse({ hostPort: 1, x: 1 })).toEqual({ hostPort: 1 });
});

const containers = [{ name: "c" }];
const affinity = (parts: object) => ({ containers, affinity: parts });
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
const term = { topologyKey: "zone", labelSelector: { matchLabels: { a: "b" } } };
const spread = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };

describe("a slip in a key of a pod", () => {
	test.each<[object, string]>([
		[{ sepc: {}, spec: { containers } }, "sepc: unknown key 'sepc'; did you mean 'spec'?"],
		[
			{ metadata: { lables: {} }, spec: { containers } },
			"metadata.lables: unknown key 'lables'; did you mean 'labels'?",
		],
		[
			{ spec: { containers, tolerationz: [] } },
			"spec.tolerationz: unknown key 'tolerationz'; did you mean 'tolerations'?",
		],
		[
			{ spec: { containers: [{ name: "c", resource: {} }] } },
			"spec.containers[0].resource: unknown key 'resource'; did you mean 'resources'?",
		],
		[
			{ spec: { containers: [{ name: "c", ports: [{ hostport: 80 }] }] } },
			"spec.containers[0].ports[0].hostport: unknown key 'hostport'; did you mean 'hostPort'?",
		],
		[
			{ spec: { containers, initContainers: [{ name: "i", restartPolice: "Always" }] } },
			"spec.initContainers[0].restartPolice: unknown key 'restartPolice'; did you mean 'restartPolicy'?",
		],
		[
			{ spec: affinity({ nodeAfinity: {} }) },
			"spec.affinity.nodeAfinity: unknown key 'nodeAfinity'; did you mean 'nodeAffinity'?",
		],
		[
			{ spec: affinity({ nodeAffinity: { requiredDuringScheduling: {} } }) },
			`spec.affinity.nodeAffinity.requiredDuringScheduling: unknown key 'requiredDuringScheduling'; allowed: ${required}, ${preferred}`,
		],
		[
			{ spec: affinity({ nodeAffinity: { [required]: { nodeSelectorTerms: [{ matchExpression: [] }] } } }) },
			`spec.affinity.nodeAffinity.${required}.nodeSelectorTerms[0].matchExpression: unknown key 'matchExpression'; did you mean 'matchExpressions'?`,
		],
		[
			{ spec: affinity({ nodeAffinity: { [preferred]: [{ weight: 1, preference: {}, wieght: 2 }] } }) },
			`spec.affinity.nodeAffinity.${preferred}[0].wieght: unknown key 'wieght'; did you mean 'weight'?`,
		],
		[
			{ spec: affinity({ podAffinity: { [required]: [{ ...term, namespace: ["x"] }] } }) },
			`spec.affinity.podAffinity.${required}[0].namespace: unknown key 'namespace'; did you mean 'namespaces'?`,
		],
		[
			{
				spec: affinity({
					podAntiAffinity: { [preferred]: [{ weight: 1, podAffinityTerm: { ...term, topology: 1 } }] },
				}),
			},
			`spec.affinity.podAntiAffinity.${preferred}[0].podAffinityTerm.topology: unknown key 'topology'; allowed: namespaces, namespaceSelector, matchLabelKeys, mismatchLabelKeys`,
		],
		[
			{ spec: { containers, tolerations: [{ operator: "Exists", efect: "NoExecute" }] } },
			"spec.tolerations[0].efect: unknown key 'efect'; did you mean 'effect'?",
		],
		[
			{ spec: { containers, topologySpreadConstraints: [{ ...spread, labelSelektor: {} }] } },
			"spec.topologySpreadConstraints[0].labelSelektor: unknown key 'labelSelektor'; did you mean 'labelSelector'?",
		],
		[
			{ spec: { containers, volumes: [{ name: "v", persistentVolumeClam: {} }] } },
			"spec.volumes[0].persistentVolumeClam: unknown key 'persistentVolumeClam'; did you mean 'persistentVolumeClaim'?",
		],
	])("%j is told in a template, and passed over in a document of a cluster", (template, message) => {
		expect(complaints(podTemplateSpecSchema, template)).toEqual([message]);
		const metadata = { name: "p", ...("metadata" in template ? (template.metadata as object) : {}) };
		expect(podSchema.safeParse({ ...template, metadata }).success).toBe(true);
		expect(podTemplateSchema.safeParse({ metadata: { name: "t" }, template }).success).toBe(true);
	});

	test("in resources is told everywhere: the pod would ask for nothing", () => {
		const spec = { containers: [{ name: "c", resources: { limts: { cpu: 1 } } }] };
		const message = "spec.containers[0].resources.limts: unknown key 'limts'; did you mean 'limits'?";
		expect(complaints(podTemplateSpecSchema, { spec })).toEqual([message]);
		expect(complaints(podSchema, { metadata: { name: "p" }, spec })).toEqual([message]);
	});
});

test("a real template passes, whatever of it nobody reads", () => {
	const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 5 };
	const template = {
		metadata: { name: "web", generateName: "web-", labels: { app: "web" }, finalizers: ["x"] },
		spec: {
			activeDeadlineSeconds: 60,
			automountServiceAccountToken: false,
			dnsConfig: { options: [{ name: "ndots", value: "2" }] },
			dnsPolicy: "ClusterFirst",
			enableServiceLinks: false,
			hostAliases: [{ ip: "127.0.0.1", hostnames: ["a"] }],
			hostNetwork: false,
			hostUsers: true,
			hostnameOverride: "x",
			imagePullSecrets: [{ name: "s" }],
			os: { name: "linux" },
			readinessGates: [{ conditionType: "x" }],
			restartPolicy: "Never",
			runtimeClassName: "gvisor",
			securityContext: { runAsNonRoot: true },
			serviceAccountName: "x",
			setHostnameAsFQDN: false,
			shareProcessNamespace: true,
			terminationGracePeriodSeconds: 30,
			volumes: [
				{ name: "tmp", emptyDir: { medium: "Memory" } },
				{ name: "c", configMap: { name: "c" } },
			],
			ephemeralContainers: [],
			initContainers: [{ name: "i", image: "busybox", restartPolicy: "Always", restartPolicyRules: [] }],
			containers: [
				{
					name: "c",
					image: "nginx",
					imagePullPolicy: "Always",
					command: ["x"],
					args: ["y"],
					workingDir: "/",
					env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
					envFrom: [{ configMapRef: { name: "c" } }],
					ports: [{ name: "http", containerPort: 80, protocol: "TCP", hostIP: "0.0.0.0" }],
					resources: { requests: { cpu: 1 }, claims: [{ name: "x" }] },
					resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }],
					volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
					volumeDevices: [],
					livenessProbe: probe,
					readinessProbe: probe,
					startupProbe: probe,
					lifecycle: { preStop: { sleep: { seconds: 1 } } },
					terminationMessagePath: "/dev/x",
					terminationMessagePolicy: "File",
					securityContext: { privileged: false },
					stdin: false,
					stdinOnce: false,
					tty: false,
				},
			],
		},
	};
	expect(podSpecFromTemplate(podTemplateSpecSchema.parse(template), []).requests).toEqual({ cpu: 1000 });
});
