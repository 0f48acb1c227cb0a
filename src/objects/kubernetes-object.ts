/**
 * Objects of Kubernetes' types as schemas: which fields a type has, and what becomes of the others.
 *
 * Source: core/v1 and meta/v1 of Kubernetes 1.34, all fields, those that nothing here reads included; and `workloadRef` of 1.35.
 */
import { z } from "zod";

const FIELDS = {
	ObjectMeta: [
		...["name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp"],
		...["deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers"],
		"managedFields",
	],
	LabelSelector: ["matchLabels", "matchExpressions"],
	LabelSelectorRequirement: ["key", "operator", "values"],

	PodTemplateSpec: ["metadata", "spec"],
	PodSpec: [
		...["volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy", "activeDeadlineSeconds"],
		...["terminationGracePeriodSeconds", "dnsPolicy", "nodeSelector", "serviceAccountName", "serviceAccount"],
		...["automountServiceAccountToken", "nodeName", "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"],
		...["securityContext", "imagePullSecrets", "hostname", "subdomain", "affinity", "schedulerName", "tolerations"],
		...["hostAliases", "priorityClassName", "priority", "dnsConfig", "readinessGates", "runtimeClassName"],
		...["enableServiceLinks", "preemptionPolicy", "overhead", "topologySpreadConstraints", "setHostnameAsFQDN", "os"],
		...["hostUsers", "schedulingGates", "resourceClaims", "resources", "hostnameOverride"],
		"workloadRef",
	],
	Container: [
		...["name", "image", "command", "args", "workingDir", "ports", "envFrom", "env", "resources", "resizePolicy"],
		...["restartPolicy", "restartPolicyRules", "volumeMounts", "volumeDevices", "livenessProbe", "readinessProbe"],
		...["startupProbe", "lifecycle", "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy"],
		...["securityContext", "stdin", "stdinOnce", "tty"],
	],
	Probe: [
		...["exec", "httpGet", "tcpSocket", "grpc", "initialDelaySeconds", "timeoutSeconds", "periodSeconds"],
		...["successThreshold", "failureThreshold", "terminationGracePeriodSeconds"],
	],
	Lifecycle: ["postStart", "preStop", "stopSignal"],
	LifecycleHandler: ["exec", "httpGet", "tcpSocket", "sleep"],
	SleepAction: ["seconds"],
	ContainerPort: ["name", "hostPort", "containerPort", "protocol", "hostIP"],
	ResourceRequirements: ["limits", "requests", "claims"],
	PodSchedulingGate: ["name"],
	WorkloadReference: ["name", "podGroup", "podGroupReplicaKey"],
	PodResourceClaim: ["name", "resourceClaimName", "resourceClaimTemplateName"],
	Volume: [
		...["name", "hostPath", "emptyDir", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "secret", "nfs"],
		...["iscsi", "glusterfs", "persistentVolumeClaim", "rbd", "flexVolume", "cinder", "cephfs", "flocker"],
		...["downwardAPI", "fc", "azureFile", "configMap", "vsphereVolume", "quobyte", "azureDisk"],
		...["photonPersistentDisk", "projected", "portworxVolume", "scaleIO", "storageos", "csi", "ephemeral", "image"],
	],

	Affinity: ["nodeAffinity", "podAffinity", "podAntiAffinity"],
	NodeAffinity: ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"],
	NodeSelector: ["nodeSelectorTerms"],
	NodeSelectorTerm: ["matchExpressions", "matchFields"],
	NodeSelectorRequirement: ["key", "operator", "values"],
	PreferredSchedulingTerm: ["weight", "preference"],
	PodAffinity: ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"],
	PodAffinityTerm: [
		...["labelSelector", "namespaces", "topologyKey", "namespaceSelector", "matchLabelKeys", "mismatchLabelKeys"],
	],
	WeightedPodAffinityTerm: ["weight", "podAffinityTerm"],
	TopologySpreadConstraint: [
		...["maxSkew", "topologyKey", "whenUnsatisfiable", "labelSelector", "minDomains", "nodeAffinityPolicy"],
		...["nodeTaintsPolicy", "matchLabelKeys"],
	],
	Taint: ["key", "value", "effect", "timeAdded"],
	Toleration: ["key", "operator", "value", "effect", "tolerationSeconds"],

	Node: ["apiVersion", "kind", "metadata", "spec", "status"],
	NodeSpec: ["podCIDR", "podCIDRs", "providerID", "unschedulable", "taints", "configSource", "externalID"],
	NodeStatus: [
		...["capacity", "allocatable", "phase", "conditions", "addresses", "daemonEndpoints", "nodeInfo", "images"],
		...["volumesInUse", "volumesAttached", "config", "runtimeHandlers", "features"],
	],
} as const;

/** A type whose fields are known here. */
export type KubernetesType = keyof typeof FIELDS;

type Field<Type extends KubernetesType> = (typeof FIELDS)[Type][number];

/**
 * Makes the schema of a type from the schemas of the fields that are read; a field that the type does not have does not
 * compile. `params` has the message for a value that is no map.
 */
export type ObjectMaker = <Type extends KubernetesType, Read extends { readonly [key: string]: z.ZodType }>(
	type: Type,
	read: Read & { readonly [Key in Exclude<keyof Read, Field<Type>>]: never },
	params?: { readonly error: string },
) => z.ZodObject<Read>;

/**
 * For objects of a cluster: whatever is not read is passed over, since a cluster may be newer than the list above, or have
 * extensions.
 */
export const lenientObject: ObjectMaker = (_type, read, params) => z.object(read, params);

/**
 * For what people write by hand: a field that the type does not have is a slip, and refused. Fields that the type has and
 * nobody reads stay as they are, unchecked, beside the typed output.
 */
export const strictObject = ((type: KubernetesType, read: z.core.$ZodShape, params?: { readonly error: string }) => {
	const unread = Object.fromEntries(FIELDS[type].map((field) => [field, z.unknown().optional()]));
	return z.strictObject(
		{ ...unread, ...read },
		{ error: ({ code }) => (code === "unrecognized_keys" ? undefined : params?.error) },
	);
}) as ObjectMaker;
