/** What the containers of a pod ask for and are limited to, as its template says, amounts in canonical units. */
import { parseQuantity, unitOf } from "../../objects/quantity.js";
import type { Quantities } from "../kinds/quantities.js";
import type { PodTemplate } from "../pod.js";

export type Amounts = Readonly<Record<string, number>>;

export interface ContainerResources {
	readonly name: string;
	/** `spec.containers[0]`. */
	readonly path: string;
	readonly isInit: boolean;
	readonly requests: Amounts;
	readonly limits: Amounts;
}

/** Containers as they are written. */
interface Written {
	readonly name?: string;
	readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
}

/** Init containers last. */
export function containersOf(template: PodTemplate): readonly ContainerResources[] {
	let known = parsed.get(template);
	if (known === undefined) {
		known = [...read(template, "containers", false), ...read(template, "initContainers", true)];
		parsed.set(template, known);
	}
	return known;
}

function read({ spec }: PodTemplate, field: string, isInit: boolean): readonly ContainerResources[] {
	return writtenIn(spec[field]).map(({ name = "", resources }, index) => ({
		name,
		path: `spec.${field}[${index}]`,
		isInit,
		requests: amountsOf(resources?.requests),
		limits: amountsOf(resources?.limits),
	}));
}

function writtenIn(field: unknown): readonly Written[] {
	return Array.isArray(field) ? (field as Written[]) : [];
}

export function amountsOf(quantities: Quantities | undefined): Amounts {
	return Object.fromEntries(
		Object.entries(quantities ?? {}).map(([resource, text]) => [resource, parseQuantity(text, unitOf(resource))]),
	);
}

/** Of the pod: the sum of its containers, or what one of its init containers takes if that is more. */
export function totalOf(containers: readonly ContainerResources[], what: "requests" | "limits"): Amounts {
	const total: Record<string, number> = {};
	for (const { isInit, [what]: amounts } of containers)
		for (const [resource, amount] of Object.entries(amounts))
			total[resource] = isInit ? Math.max(total[resource] ?? 0, amount) : (total[resource] ?? 0) + amount;
	return total;
}

/** The template with other quantities of its containers; `change` gives the same object for none. */
export function withResources(
	template: PodTemplate,
	change: (resources: { readonly requests: Quantities; readonly limits: Quantities }) => {
		readonly requests: Quantities;
		readonly limits: Quantities;
	},
): PodTemplate {
	const fields = ["containers", "initContainers"].flatMap((field) => {
		const containers = writtenIn(template.spec[field]);
		const changed = containers.map((container) => {
			const before = {
				requests: container.resources?.requests ?? {},
				limits: container.resources?.limits ?? {},
			};
			const after = change(before);
			return after === before ? container : { ...container, resources: { ...container.resources, ...after } };
		});
		return changed.some((container, i) => container !== containers[i]) ? [[field, changed] as const] : [];
	});
	return fields.length === 0 ? template : { ...template, spec: { ...template.spec, ...Object.fromEntries(fields) } };
}

const parsed = new WeakMap<PodTemplate, readonly ContainerResources[]>();
