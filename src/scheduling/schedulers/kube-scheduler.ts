import { z } from "zod";
import { DEFAULT_CONFIGURATION, kubernetesConfigurationSchema } from "../kubernetes/configuration.js";
import { KubernetesScheduler } from "../kubernetes/kubernetes-scheduler.js";
import { defineScheduler } from "../scheduler.js";

export const kubeScheduler = defineScheduler({
	name: "kube-scheduler",
	summary: "What the Kubernetes scheduler 1.34 decides, preemption included, for any KubeSchedulerConfiguration.",
	params: z.strictObject({
		configuration: kubernetesConfigurationSchema
			.optional()
			.describe(
				"A KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), as clusters have it; the default profile without one",
			),
		tieBreak: z
			.enum(["first", "random"])
			.default("first")
			.describe(
				"Among nodes of equal score: first: the one added first; random: one drawn, as the real scheduler does",
			),
	}),
	create: ({ configuration = DEFAULT_CONFIGURATION, tieBreak }) =>
		new KubernetesScheduler({ profiles: configuration.profiles, tieBreak }),
});
