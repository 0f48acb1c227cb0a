/** What people declare: manifests, quantities, durations, selectors, and the canonical node and pod they are reduced to. */

export type { JobArrival, PodArrival } from "./arrival.js";
export { canonicalJson } from "./canonical-json.js";
export { type AnyDefinition, type Definition, type Registry, registry } from "./definition.js";
export { type ParsedText, parseDocuments } from "./documents.js";
export { durationFromText, durationSchema, durationText, formatDuration, parseDuration } from "./duration.js";
export { InputError, type InputPosition } from "./input-error.js";
export { formatPath, type Mistake, type Validation, validate } from "./issues.js";
export { lenientObject, type ObjectMaker, strictObject } from "./kubernetes-object.js";
export { type Manifest, readManifests } from "./manifest.js";
export {
	type NodeManifest,
	type NodeTemplate,
	nodeFromManifest,
	nodeFromTemplate,
	nodeSchema,
	nodeTemplateSchema,
} from "./node.js";
export {
	type PodManifest,
	type PodPhase,
	type PodRecord,
	type PodTemplate,
	podFromManifest,
	podSchema,
	podSpecFromTemplate,
	podTemplateSchema,
	podTemplateSpecSchema,
} from "./pod.js";
export { type PodClass, PodClassTable } from "./pod-class.js";
export { type PriorityClass, priorityClassSchema, resolvePriority, SYSTEM_PRIORITY_CLASSES } from "./priority-class.js";
export {
	formatQuantity,
	parseQuantity,
	type QuantityRules,
	type QuantityUnit,
	quantityText,
	unitOf,
} from "./quantity.js";
export { effectiveRequests, type RequestingPod, type ResourceRequirements } from "./requests.js";
export { CPU, GPU, MEMORY, PODS, type ResourceIndex, type ResourceList, ResourceTable } from "./resources.js";
export {
	containsLabels,
	type LabelRequirement,
	type LabelSelector,
	type Labels,
	matchesLabels,
	matchesTerm,
	type NodeSelectorRequirement,
	type NodeSelectorTerm,
	type PreferredNodeTerm,
} from "./selector.js";
export {
	labelSelectorSchema,
	labelsSchema,
	nodeSelectorTermSchema,
	preferredNodeTermSchema,
} from "./selector-schemas.js";
export {
	type GpuDevices,
	type GpuRequest,
	type NodeSpec,
	PLAIN_FACTS,
	type PodFacts,
	type PodSpec,
	type Taint,
	type TaintEffect,
	type Toleration,
} from "./spec.js";
export { parseTimestamp, timestampSchema } from "./timestamp.js";
export { taintSchema, tolerationSchema } from "./toleration-schemas.js";
export { firstUntolerated, tolerated, tolerates } from "./tolerations.js";
export { locate, type YamlSpan } from "./yaml-position.js";
