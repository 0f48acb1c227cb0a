/**
 * `clusterAutoscaler` of the orchestrator kubernetes: node groups, and the flags of the program under their own names.
 *
 * Source: cluster-autoscaler (kubernetes/autoscaler), config/const.go and flags.go, FAQ.md "What are the parameters to CA?".
 */
import { z } from "zod";
import { distributionSchema } from "../../../objects/distribution-schema.js";
import { durationSchema } from "../../../objects/duration.js";
import { nodeTemplateSchema } from "../../../objects/node.js";

const EXPANDERS = ["random", "most-pods", "least-waste", "price", "priority"] as const;
export type ExpanderName = (typeof EXPANDERS)[number];

const nodeGroupSchema = z
	.strictObject({
		name: z.string().min(1).describe("Its nodes are called <name>-0, <name>-1, ..."),
		minSize: z.int().min(0).default(0).describe("It is never made smaller"),
		maxSize: z.int().min(1).describe("It is never made larger"),
		size: z.int().min(0).optional().describe("Nodes at the start of the run; minSize if absent"),
		template: nodeTemplateSchema.describe("A Kubernetes Node without its name"),
		price: z.number().nonnegative().default(0).describe("Of a node and hour, in any currency"),
		priority: z.int().default(0).describe("For the expander priority: the highest that helps is made larger"),
		provisioningTime: distributionSchema(durationSchema)
			.prefault("1m")
			.describe("From the request for a node until it is ready: a duration or a distribution of durations"),
	})
	.superRefine(({ minSize, maxSize, size = minSize }, context) => {
		if (minSize > maxSize)
			context.addIssue({
				code: "custom",
				path: ["minSize"],
				message: `min size must be less or equal to max size, ${maxSize}`,
			});
		else if (size < minSize || size > maxSize)
			context.addIssue({ code: "custom", path: ["size"], message: `must be from ${minSize} to ${maxSize}` });
	});

const duration = (value: string, description: string) => durationSchema.prefault(value).describe(description);
const expander = z.enum(EXPANDERS);

export const clusterAutoscalerSchema = z
	.strictObject({
		nodeGroups: z.array(nodeGroupSchema).min(1).describe("Groups of equal nodes that are made larger and smaller"),
		expander: z
			.union([expander, z.array(expander).min(1)])
			.transform((given) => [given].flat())
			.prefault("least-waste")
			.describe(
				"Which group is made larger of those that help; of several names each decides between those left equal",
			),
		scanInterval: duration("10s", "How often the cluster is looked at"),
		frequentLoopsEnabled: z
			.boolean()
			.default(true)
			.describe("Whether it is looked at sooner where a pod has no node, or where something was made larger"),
		newPodScaleUpDelay: duration("0s", "Younger pods are left alone"),
		maxNodeProvisionTime: duration("15m", "A node that takes longer is given up, and its group left alone for a while"),
		maxNodesTotal: z.int().min(1).optional().describe("Nodes of all groups and of none together; no limit if absent"),
		maxNodesPerScaleup: z.int().min(1).default(1000).describe("Nodes asked for at once"),
		expendablePodsPriorityCutoff: z.int().default(-10).describe("Pods of lower priority bring no nodes and keep none"),
		initialNodeGroupBackoffDuration: duration("5m", "A group whose node did not come is left alone so long"),
		maxNodeGroupBackoffDuration: duration("30m", "... and twice as long each time, up to this"),
		nodeGroupBackoffResetTimeout: duration("3h", "Until a failure is forgotten"),
		okTotalUnreadyCount: z.int().min(0).default(3).describe("Nodes that may be unready whatever their share"),
		maxTotalUnreadyPercentage: z.number().min(0).max(100).default(45).describe("Beyond this share it does nothing"),
		scaleDownEnabled: z.boolean().default(true).describe("Whether nodes are given back"),
		scaleDownDelayAfterAdd: duration("10m", "No node is given back for so long after one was asked for"),
		scaleDownDelayAfterDelete: duration("0s", "... after one was given back"),
		scaleDownDelayAfterFailure: duration("3m", "... after one could not be emptied"),
		scaleDownUnneededTime: duration("10m", "A node is given back when it was not needed for so long"),
		scaleDownUnreadyTime: duration("20m", "A node that is not ready is given back when it was not needed for so long"),
		scaleDownUtilizationThreshold: z
			.number()
			.min(0)
			.max(1)
			.default(0.5)
			.describe("A node may be not needed if less of its CPU and of its memory is requested"),
		ignoreDaemonsetsUtilization: z
			.boolean()
			.default(false)
			.describe("Whether pods of DaemonSets count for nothing there"),
		skipNodesWithSystemPods: z
			.boolean()
			.default(true)
			.describe("Nodes with pods of kube-system stay, unless these have a PodDisruptionBudget"),
		skipNodesWithLocalStorage: z.boolean().default(true).describe("Nodes with pods that use emptyDir or hostPath stay"),
		unremovableNodeRecheckTimeout: duration("5m", "A node whose pods would have no place is not looked at for so long"),
		nodeDeleteDelayAfterTaint: duration("5s", "From the taint of a node until its pods are evicted"),
		maxPodEvictionTime: duration("2m", "How long a refused eviction is tried again"),
		maxGracefulTerminationSec: z.int().min(0).default(600).describe("Seconds that an evicted pod may take to go"),
		maxScaleDownParallelism: z.int().min(1).default(10).describe("Nodes that are given back at the same time"),
		maxDrainParallelism: z.int().min(1).default(1).describe("... of which so many may have pods to evict"),
	})
	.superRefine(({ nodeGroups }, context) => {
		const names = nodeGroups.map(({ name }) => name);
		names.forEach((name, i) => {
			if (names.indexOf(name) !== i)
				context.addIssue({
					code: "custom",
					path: ["nodeGroups", i, "name"],
					message: `there is a node group '${name}' already`,
				});
		});
	});

export type ClusterAutoscalerOptions = z.output<typeof clusterAutoscalerSchema>;
export type NodeGroupOptions = ClusterAutoscalerOptions["nodeGroups"][number];
