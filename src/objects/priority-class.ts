/**
 * Priority classes (scheduling.k8s.io/v1 PriorityClass) and how the priority of a pod follows from them.
 *
 * Source: Kubernetes page "Pod Priority and Preemption"; the admission plugin `plugin/pkg/admission/priority`.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { InputError } from "./input-error.js";
import { objectMetadataSchema } from "./metadata.js";

export interface PriorityClass {
	readonly name: string;
	/** Higher goes first; 32-bit integer. */
	readonly value: number;
	/** Holds for pods that name no class. */
	readonly globalDefault: boolean;
}

/** Classes every cluster has. */
export const SYSTEM_PRIORITY_CLASSES: readonly PriorityClass[] = [
	{ name: "system-cluster-critical", value: 2_000_000_000, globalDefault: false },
	{ name: "system-node-critical", value: 2_000_001_000, globalDefault: false },
];

/**
 * Priority and class of a pod that names class `className` (null for none) and carries `explicit` as spec.priority (null for
 * none). The explicit number wins. Without a name the global default holds, the lowest if there are several, else 0 and class
 * "". Throws InputError (without a position) for a name that neither `classes` nor the system has.
 */
export function resolvePriority(
	className: string | null,
	explicit: number | null,
	classes: readonly PriorityClass[],
): { readonly priority: number; readonly className: string } {
	if (explicit !== null) return { priority: explicit, className: className ?? "" };
	if (className === null) {
		const byDefault = classes.filter((c) => c.globalDefault).sort((a, b) => a.value - b.value)[0];
		return { priority: byDefault?.value ?? 0, className: byDefault?.name ?? "" };
	}
	const problem = problemOfPriority(className, explicit, classes);
	if (problem !== null) throw new InputError(problem);
	const found = [...classes, ...SYSTEM_PRIORITY_CLASSES].find((c) => c.name === className);
	return { priority: found!.value, className };
}

/** Why `resolvePriority` would refuse, or null. */
export function problemOfPriority(
	className: string | null,
	explicit: number | null,
	classes: readonly PriorityClass[],
): string | null {
	const known = [...new Set([...classes, ...SYSTEM_PRIORITY_CLASSES].map((c) => c.name))];
	if (className === null || explicit !== null || known.includes(className)) return null;
	return `there is no priority class '${className}': declare a PriorityClass, or use one of ${known.join(", ")}`;
}

/** A PriorityClass manifest, reduced. Values above one billion are the system's own. */
export const priorityClassSchema: z.ZodType<PriorityClass> = z
	.object({ metadata: objectMetadataSchema, value: z.int32(), globalDefault: orAbsent(z.boolean(), false) })
	.superRefine(({ metadata, value }, context) => {
		if (value <= HIGHEST_USER_PRIORITY || metadata.name.startsWith("system-")) return;
		const message = `priorities above ${HIGHEST_USER_PRIORITY} are reserved for system- classes, got ${value}`;
		context.addIssue({ code: "custom", path: ["value"], message });
	})
	.transform(({ metadata, value, globalDefault }) => ({ name: metadata.name, value, globalDefault }));

const HIGHEST_USER_PRIORITY = 1_000_000_000;
