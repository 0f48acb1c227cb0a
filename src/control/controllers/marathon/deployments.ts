/** Carries out deployments: one step after the other, the actions of a step side by side. Source: DeploymentActor.scala. */
import { keyOf } from "../../api-object.js";
import {
	type Controller,
	type ControllerContext,
	type MakeController,
	patch,
	remove,
	type Sync,
} from "../../controller.js";
import type { MarathonDeployment } from "../../kinds/marathon/deployment.js";
import type { EngineRoom } from "./engine-room.js";

export function deploymentsOfApps(room: EngineRoom): MakeController {
	return (context) => new Deployments(context, room);
}

class Deployments implements Controller {
	readonly name = "marathon-deployments";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		MarathonDeployment: ({ key, after }) => {
			if (after === null) this.#room.ended(key);
			else this.#context.enqueue(key);
		},
	};
	readonly #context: ControllerContext;
	readonly #room: EngineRoom;

	constructor(context: ControllerContext, room: EngineRoom) {
		this.#context = context;
		this.#room = room;
		room.lookAtDeployment = (key) => context.enqueue(key);
	}

	*reconcile(key: string): Sync {
		const deployment = this.#context.seen.get("MarathonDeployment", key) as MarathonDeployment | undefined;
		if (deployment === undefined) return;
		const { done } = deployment.status;
		const step = deployment.spec.steps[done];
		if (step === undefined) {
			yield* remove("MarathonDeployment", keyOf(deployment), { uid: deployment.metadata.uid });
			return;
		}
		// All of them are to begin.
		const open = step.filter((action) => !this.#room.isDone(key, done, action));
		if (open.length > 0) return;
		yield* patch(deployment, (present) => ({ ...present, status: { done: done + 1 } }));
	}
}
