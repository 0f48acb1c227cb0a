/** Object metadata (meta/v1 ObjectMeta), as far as a simulation reads it. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { labelsSchema } from "./selector-schemas.js";
import { timestampSchema } from "./timestamp.js";

/** Metadata of a template: everything may be absent. */
export const templateMetadataSchema = z.object({
	namespace: orAbsent(z.string(), "default"),
	labels: orAbsent(labelsSchema, {}),
	annotations: orAbsent(labelsSchema, {}),
});

/** What a template without metadata has. */
export const UNNAMED: z.output<typeof templateMetadataSchema> = { namespace: "default", labels: {}, annotations: {} };

const NAME_MESSAGE = "an object needs a name: write metadata.name";

/** Metadata of an object: it has a name. `creationTimestamp` is in microseconds since 1970, null when absent. */
export const objectMetadataSchema = z.object(
	{
		...templateMetadataSchema.shape,
		name: z.string({ error: NAME_MESSAGE }).min(1, { error: NAME_MESSAGE }),
		creationTimestamp: orAbsent(timestampSchema, null),
	},
	{ error: NAME_MESSAGE },
);
