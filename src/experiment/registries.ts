/** Everything that experiment files can name, gathered from the rooms that define it. */

import type { z } from "zod";
import { orchestrators } from "../control/orchestrators/index.js";
import { PROBE_NAMES } from "../metrics/probes/index.js";
import { recommenders } from "../node/autoscaling/index.js";
import { machineSchema } from "../node/machine/machine-schema.js";
import { overcommitPolicies } from "../node/overcommit/index.js";
import { durationDistribution } from "../objects/distribution-schema.js";
import { nodeTemplateSchema } from "../objects/node.js";
import { architectures } from "../scheduling/architectures/index.js";
import { elasticPolicies } from "../scheduling/elastic-policies.js";
import { queueOrders } from "../scheduling/queue-orders.js";
import { schedulers } from "../scheduling/schedulers/index.js";
import { traceFormats } from "../workload/formats/index.js";
import { syntheticWorkloadSchema } from "../workload/synthetic/schema.js";
import { type ExperimentRegistries, type ExperimentSpec, experimentSchema } from "./file/schema.js";

/** The parts of the schema that other rooms define. */
export const registries = {
	schedulers,
	elasticPolicies,
	queueOrders,
	architectures,
	traceFormats,
	syntheticWorkload: syntheticWorkloadSchema,
	distribution: durationDistribution,
	nodeTemplate: nodeTemplateSchema,
	machine: machineSchema,
	overcommitPolicies,
	orchestrators,
	recommenders,
	tables: PROBE_NAMES,
} satisfies ExperimentRegistries;

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : never;

/** The spec of a run with the types that the rooms give their parts. */
export type Spec = ExperimentSpec<
	Output<typeof syntheticWorkloadSchema>,
	Output<typeof durationDistribution>,
	Output<typeof nodeTemplateSchema>,
	Output<typeof machineSchema>
>;

let schema: ReturnType<typeof makeSchema> | undefined;
const makeSchema = () => experimentSchema(registries);

/** Checks a resolved document again, as a worker or a later command does that has only the manifest. */
export function specOf(raw: unknown): Spec {
	schema ??= makeSchema();
	return schema.parse(raw).spec as Spec;
}
