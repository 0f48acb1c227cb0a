/** Marathon's deployments: steps that bring apps from one state to another. They are there while they run. */
import { z } from "zod";
import type { ApiObject, Texts } from "../../api-object.js";
import { defineKind } from "../kind.js";
import type { AppSpec } from "./app.js";

/** What is done to one app in one step; those of a step go on side by side. */
export interface DeploymentAction {
	readonly action: "StartApplication" | "ScaleApplication" | "RestartApplication" | "StopApplication";
	/** Its id. */
	readonly app: string;
}

export interface OriginalApp {
	readonly spec: AppSpec;
	readonly annotations: Texts;
}

export interface DeploymentSpec {
	readonly steps: readonly (readonly DeploymentAction[])[];
	/** What the apps that it affects were before, by id; null for one that was not there. */
	readonly original: Readonly<Record<string, OriginalApp | null>>;
}

export interface DeploymentStatus {
	/** Steps that are done. */
	readonly done: number;
}

export type MarathonDeployment = ApiObject<DeploymentSpec, DeploymentStatus>;

export const marathonDeploymentKind = defineKind<DeploymentSpec, DeploymentStatus>({
	kind: "MarathonDeployment",
	summary: "A deployment that is under way; deleting it reverts it.",
	apiVersion: "marathon/v2",
	names: ["marathondeployment", "marathondeployments"],
	actions: ["delete"],
	namespaced: true,
	spec: z.custom<DeploymentSpec>(() => false, { error: "deployments are made by changing apps" }),
	status: { done: 0 },
});
