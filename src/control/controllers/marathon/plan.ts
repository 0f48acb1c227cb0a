/**
 * The steps that bring apps from what they are to what they shall be. Source: DeploymentPlan.scala: apps that are no more are stopped, new ones
 * started with no instance, and then one step for each length of path along the dependencies, so that what an app depends on is there first.
 */
import type { App, AppSpec } from "../../kinds/marathon/app.js";
import type { DeploymentAction } from "../../kinds/marathon/deployment.js";
import { absoluteId } from "../../kinds/marathon/path-id.js";

/** Apps by id. */
export type Specs = ReadonlyMap<string, AppSpec>;

/** What becomes of one app. */
export type AppChange = "new" | "gone" | "scaled" | "changed";

/** `target` holds all apps, not only those that change. */
export function stepsOf(
	changes: ReadonlyMap<string, AppChange>,
	target: Specs,
): readonly (readonly DeploymentAction[])[] {
	const ids = [...changes.keys()].sort();
	const having = (change: AppChange, action: DeploymentAction["action"]): readonly DeploymentAction[] =>
		ids.filter((id) => changes.get(id) === change).map((app) => ({ action, app }));
	const depth = depths(target);
	const later = ids.filter((id) => changes.get(id) !== "gone");
	const lengths = [...new Set(later.map((id) => depth.get(id)!))].sort((a, b) => a - b);
	const steps = [
		having("gone", "StopApplication"),
		having("new", "StartApplication"),
		...lengths.map((length) =>
			later
				.filter((id) => depth.get(id) === length)
				.map((app): DeploymentAction => {
					const action = changes.get(app) === "changed" ? "RestartApplication" : "ScaleApplication";
					return { action, app };
				}),
		),
	];
	return steps.filter((step) => step.length > 0);
}

/** The ids of apps that an app depends on: of itself, or of all apps of a group that it names. */
export function dependenciesOf(
	id: string,
	{ dependencies }: Pick<AppSpec, "dependencies">,
	ids: Iterable<string>,
): readonly string[] {
	const base = id.slice(0, id.lastIndexOf("/")) || "/";
	const named = dependencies.map((dependency) => absoluteId(dependency, base));
	return [...ids].filter(
		(other) => other !== id && named.some((name) => other === name || other.startsWith(`${name}/`)),
	);
}

/** The ids of a circle of dependencies; null if there is none. */
export function cycleIn(specs: Specs): readonly string[] | null {
	const done = new Set<string>();
	const path: string[] = [];
	const visit = (id: string): readonly string[] | null => {
		if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
		if (done.has(id)) return null;
		path.push(id);
		for (const other of dependenciesOf(id, specs.get(id)!, specs.keys())) {
			const found = visit(other);
			if (found !== null) return found;
		}
		path.pop();
		done.add(id);
		return null;
	};
	for (const id of specs.keys()) {
		const found = visit(id);
		if (found !== null) return found;
	}
	return null;
}

/** Of each app the length of the longest path along its dependencies. */
function depths(specs: Specs): ReadonlyMap<string, number> {
	const known = new Map<string, number>();
	const depth = (id: string): number => {
		const before = known.get(id);
		if (before !== undefined) return before;
		const length = 1 + Math.max(0, ...dependenciesOf(id, specs.get(id)!, specs.keys()).map(depth));
		known.set(id, length);
		return length;
	};
	for (const id of specs.keys()) depth(id);
	return known;
}

export function specsOf(apps: Iterable<App>): Map<string, AppSpec> {
	return new Map([...apps].map(({ metadata, spec }) => [metadata.name, spec]));
}
