/** Ids of apps and groups: paths such as `/product/db`. Source: Marathon, state/PathId.scala. */
import { z } from "zod";

const SEGMENT = /^(([a-z0-9]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\.|\.\.)$/;

export const idSchema = z.string().superRefine((id, context) => {
	const message = problemOfId(id);
	if (message !== null) context.addIssue({ code: "custom", message });
});

/** Null for a good one. */
export function problemOfId(id: string): string | null {
	const segments = id.replace(/^\//, "").split("/");
	if (segments.every((segment) => SEGMENT.test(segment))) return null;
	return `'${id}' is not an id: path elements may only contain lowercase letters, digits, hyphens, and dots inside, as /product/db`;
}

/** `db` of an app in /product is /product/db; an id with a slash in front stays. */
export function absoluteId(id: string, base: string): string {
	const whole = id.startsWith("/") ? id : `${base === "/" ? "" : base}/${id}`;
	const steps: string[] = [];
	for (const step of whole.split("/").slice(1)) {
		if (step === "..") steps.pop();
		else if (step !== ".") steps.push(step);
	}
	return `/${steps.join("/")}`;
}
