import { z } from "zod";
import { SECOND } from "../../engine/time.js";
import { DEFAULT_CONFIGURATION, kubernetesConfigurationSchema } from "../kubernetes/configuration.js";
import { KubernetesScheduler } from "../kubernetes/kubernetes-scheduler.js";
import { kubernetesPlugins } from "../kubernetes/plugins/index.js";
import { defineScheduler } from "../scheduler.js";

const optional = [...kubernetesPlugins.all.values()]
	.filter(({ byDefault }) => byDefault === false)
	.map(({ name }) => name)
	.join(", ");

export const kubeScheduler = defineScheduler({
	name: "kube-scheduler",
	summary: "What the Kubernetes scheduler 1.34 decides, preemption included, for any KubeSchedulerConfiguration.",
	params: z.strictObject({
		configuration: z
			.union([kubernetesConfigurationSchema, z.string().min(1)])
			.optional()
			.describe(
				`A KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), as clusters have it, or the path of a file that holds one; the default profile without. Besides the default plugins a profile may enable ${optional}`,
			),
		tieBreak: z
			.enum(["first", "random"])
			.default("first")
			.describe(
				"Among nodes of equal score: first: the one added first; random: one drawn, as the real scheduler does",
			),
	}),
	create: ({ configuration = DEFAULT_CONFIGURATION, tieBreak }) => {
		// No file is read here: whoever prepares a run puts what is in the file in the place of its name.
		if (typeof configuration === "string") throw new Error(`nobody has read the configuration '${configuration}'`);
		const { profiles, podInitialBackoffSeconds, podMaxBackoffSeconds } = configuration;
		return new KubernetesScheduler({
			profiles,
			tieBreak,
			initialBackoffUs: podInitialBackoffSeconds * SECOND,
			maxBackoffUs: podMaxBackoffSeconds * SECOND,
		});
	},
});
