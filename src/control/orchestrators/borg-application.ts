/** What an application in neutral terms is in Borg: a job in the production band. */
import { formatDuration } from "../../objects/duration.js";
import { type Application, annotationsOf, type DeclaredObject } from "../application.js";

/**
 * Instances replaced at a time are tasks that an update has down at once. Borg stops a task before it starts the next one, whatever the
 * application would like (`order`), and users undo updates themselves (`onFailure`).
 */
export function jobOf(application: Application): DeclaredObject {
	const { name, replicas, image, resources, nodeLabels, update, stop } = application;
	return {
		kind: "BorgJob",
		metadata: { name },
		spec: {
			replicas,
			image: image.name,
			requests: resources.requests,
			limits: resources.limits,
			constraints: Object.entries(nodeLabels).map(([label, value]) => ({ label, value })),
			behaviour: annotationsOf(application),
			...(stop.grace !== undefined && { notice: formatDuration(stop.grace) }),
			update: {
				...(update.parallelism !== undefined && { atOnce: update.parallelism }),
				...(update.delay !== undefined && { delay: formatDuration(update.delay) }),
			},
		},
	};
}
