/**
 * Containers of a pod manifest as schemas (core/v1 Container, Probe, Lifecycle), and how the pod that has them runs.
 *
 * Source: core/v1 of Kubernetes 1.34; defaults from pkg/apis/core/v1/defaults.go, limits from its validation.
 *
 * Divergence from Kubernetes: a probe's handler (exec, httpGet, tcpSocket, grpc) is not looked at, since what it would find
 * follows from the usage of the container; of preStop hooks only `sleep` has a length that is known. A probe of period 0 is
 * refused, where the API server would read it as the default.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import type { ContainerRun, PodRun, Probe } from "./pod-run.js";
import { containerResourcesSchema, type ResourceRequirements, requestsOf } from "./requests.js";

const SECOND_US = 1_000_000;
const resources = { requests: {}, limits: {} };

/** Any container: what all kinds have. */
export const containerSchema = (object: ObjectMaker) => object("Container", common(object)).transform(withImage);

/** An init container; `sidecar` is whether it restarts always. */
export const initContainerSchema = (object: ObjectMaker) =>
	object("Container", { ...common(object), restartPolicy: orAbsent(z.string(), "") })
		.superRefine(checkInit)
		.transform(({ restartPolicy, ...container }) => ({
			...withImage(container),
			sidecar: restartPolicy === "Always",
		}));

const common = (object: ObjectMaker) => ({
	name: orAbsent(z.string(), ""),
	resources: orAbsent(containerResourcesSchema, resources),
	ports: orAbsent(z.array(portSchema(object)), []),
	image: orAbsent(z.string(), ""),
	imagePullPolicy: orAbsent(z.enum(["Always", "IfNotPresent", "Never"]), null),
	startupProbe: orAbsent(probeSchema(object, true), null),
	readinessProbe: orAbsent(probeSchema(object, false), null),
	livenessProbe: orAbsent(probeSchema(object, true), null),
	lifecycle: orAbsent(lifecycleSchema(object), null),
});

const portSchema = (object: ObjectMaker) =>
	object("ContainerPort", {
		hostPort: orAbsent(z.int(), 0),
		containerPort: orAbsent(z.int(), 0),
		protocol: orAbsent(z.string(), "TCP"),
		hostIP: orAbsent(z.string(), ""),
	});

const atLeast = (least: number, unit: string) =>
	z.int32().refine((value) => value >= least, { error: `must be ${least} or more ${unit}` });

const probeSchema = (object: ObjectMaker, once: boolean) =>
	object("Probe", {
		initialDelaySeconds: orAbsent(atLeast(0, "seconds"), 0),
		periodSeconds: orAbsent(atLeast(1, "seconds: leave it out for 10"), 10),
		timeoutSeconds: orAbsent(atLeast(1, "seconds: leave it out for 1"), 1),
		successThreshold: orAbsent(
			once
				? z.int32().refine((value) => value === 1, { error: "must be 1 for a startup or liveness probe" })
				: atLeast(1, "successes"),
			1,
		),
		failureThreshold: orAbsent(atLeast(1, "failures: leave it out for 3"), 3),
	}).transform(
		(probe): Probe => ({
			initialDelayUs: probe.initialDelaySeconds * SECOND_US,
			periodUs: probe.periodSeconds * SECOND_US,
			timeoutUs: probe.timeoutSeconds * SECOND_US,
			successThreshold: probe.successThreshold,
			failureThreshold: probe.failureThreshold,
		}),
	);

const lifecycleSchema = (object: ObjectMaker) =>
	object("Lifecycle", {
		preStop: orAbsent(
			object("LifecycleHandler", {
				sleep: orAbsent(object("SleepAction", { seconds: atLeast(0, "seconds") }), null),
			}),
			null,
		),
	});

interface Declared {
	readonly image: string;
	readonly imagePullPolicy: ContainerRun["imagePullPolicy"] | null;
}

/** `:latest`, or no tag at all, is pulled at every start unless the manifest says otherwise. */
function withImage<Container extends Declared>(container: Container) {
	const { image, imagePullPolicy } = container;
	const latest = /:latest$/.test(image) || !/[:@]/.test(image.slice(image.lastIndexOf("/") + 1));
	return { ...container, imagePullPolicy: imagePullPolicy ?? (latest ? "Always" : "IfNotPresent") } as const;
}

interface DeclaredInit {
	readonly restartPolicy: string;
	readonly startupProbe: Probe | null;
	readonly readinessProbe: Probe | null;
	readonly livenessProbe: Probe | null;
}

function checkInit(container: DeclaredInit, context: z.RefinementCtx): void {
	if (container.restartPolicy === "Always") return;
	for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
		if (container[probe] === null) continue;
		const message = `an init container has no ${probe} unless it restarts always: leave it out, or write restartPolicy: Always`;
		context.addIssue({ code: "custom", path: [probe], message, params: { at: "key" } });
	}
}

/** A container after the schemas. */
export interface DeclaredContainer {
	readonly name: string;
	readonly resources: ResourceRequirements;
	readonly image: string;
	readonly imagePullPolicy: ContainerRun["imagePullPolicy"];
	readonly startupProbe: Probe | null;
	readonly readinessProbe: Probe | null;
	readonly livenessProbe: Probe | null;
	readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } | null } | null } | null;
}

/** The parts of a pod manifest that say how it runs. */
export interface RunningPod {
	readonly containers: readonly DeclaredContainer[];
	readonly initContainers: readonly (DeclaredContainer & { readonly sidecar: boolean })[];
	readonly restartPolicy: PodRun["restartPolicy"];
	readonly terminationGracePeriodSeconds: number;
}

/** How a pod with this manifest runs. Nameless containers, which a cluster would refuse, are called by their position. */
export function podRunOf(pod: RunningPod): PodRun {
	const { restartPolicy, initContainers, containers } = pod;
	return {
		containers: [
			...initContainers.map((container, i) =>
				containerRunOf(container, container.sidecar ? "sidecar" : "init", `init-${i}`),
			),
			...containers.map((container, i) => containerRunOf(container, "main", `container-${i}`)),
		],
		restartPolicy,
		terminationGraceUs: pod.terminationGracePeriodSeconds * SECOND_US,
	};
}

function containerRunOf(declared: DeclaredContainer, kind: ContainerRun["kind"], nameless: string): ContainerRun {
	const { name, resources, image, imagePullPolicy, startupProbe, readinessProbe, livenessProbe, lifecycle } = declared;
	return {
		name: name || nameless,
		kind,
		image,
		imagePullPolicy,
		requests: requestsOf(resources),
		limits: resources.limits,
		startupProbe,
		readinessProbe,
		livenessProbe,
		preStopUs: (lifecycle?.preStop?.sleep?.seconds ?? 0) * SECOND_US,
	};
}
