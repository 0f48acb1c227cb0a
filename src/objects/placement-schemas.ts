/** Where a pod wants to be, relative to nodes and to other pods, as Kubernetes manifests write it (core/v1 Affinity). */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import { podAffinitySchema } from "./pod-affinity.js";
import { nodeSelectorTermSchema, preferredNodeTermSchema } from "./selector-schemas.js";

export const affinitySchema = (object: ObjectMaker) =>
	object("Affinity", {
		nodeAffinity: orAbsent(nodeAffinity(object), null),
		podAffinity: orAbsent(podAffinitySchema(object), null),
		podAntiAffinity: orAbsent(podAffinitySchema(object), null),
	});

const nodeAffinity = (object: ObjectMaker) =>
	object("NodeAffinity", {
		requiredDuringSchedulingIgnoredDuringExecution: orAbsent(
			object("NodeSelector", {
				nodeSelectorTerms: z.array(nodeSelectorTermSchema(object)).min(1, { error: "needs at least one term" }),
			}),
			null,
		),
		preferredDuringSchedulingIgnoredDuringExecution: orAbsent(z.array(preferredNodeTermSchema(object)), []),
	});
