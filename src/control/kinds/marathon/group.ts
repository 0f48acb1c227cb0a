/** Groups of apps: a tree of them, declared and changed in one deployment. It is taken apart when it is written; the apps remain. */
import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import { validateInside } from "../../../objects/issues.js";
import { defineKind } from "../kind.js";
import { type AppSpec, appKind } from "./app.js";
import { absoluteId, idSchema } from "./path-id.js";

interface WrittenGroup {
	readonly apps: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[];
	readonly groups: readonly ({ readonly id: string } & WrittenGroup)[];
	readonly dependencies: readonly string[];
}

const shape = {
	apps: orAbsent(z.array(z.looseObject({ id: idSchema })), []),
	groups: orAbsent(z.array(z.lazy((): z.ZodType<WrittenGroup["groups"][number]> => innerSchema)), []),
	dependencies: orAbsent(z.array(idSchema), []),
};
const innerSchema = z.strictObject({ id: idSchema, ...shape }) as unknown as z.ZodType<WrittenGroup["groups"][number]>;

/** Apps by id, relative to the group. */
export interface GroupSpec {
	readonly apps: Readonly<Record<string, AppSpec>>;
}

const groupSchema: z.ZodType<GroupSpec> = z.strictObject(shape).transform((written, context) => {
	const apps: Record<string, AppSpec> = {};
	const take = (group: WrittenGroup, base: string, inherited: readonly string[], path: readonly PropertyKey[]) => {
		const own = [...inherited, ...group.dependencies.map((id) => absoluteId(id, base))];
		for (const [i, { id, ...spec }] of group.apps.entries()) {
			const checked = validateInside(appKind.spec, spec, context, [...path, "apps", i]);
			if (checked === undefined) continue;
			apps[absoluteId(id, base)] = { ...checked, dependencies: [...checked.dependencies, ...own] };
		}
		for (const [i, inner] of group.groups.entries())
			take(inner, absoluteId(inner.id, base), own, [...path, "groups", i]);
	};
	take(written as WrittenGroup, "", [], []);
	return { apps };
});

export const groupKind = defineKind<GroupSpec, object>({
	kind: "Group",
	summary: "A tree of apps that depend on one another, brought in one deployment; what remains are the apps.",
	apiVersion: "marathon/v2",
	names: ["group", "groups"],
	actions: ["create"],
	namespaced: true,
	spec: groupSchema,
	status: {},
});
