/** Object metadata (meta/v1 ObjectMeta), as far as a simulation reads it. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { lenientObject, type ObjectMaker } from "./kubernetes-object.js";
import { labelsSchema } from "./selector-schemas.js";
import { timestampSchema } from "./timestamp.js";

const common = {
	namespace: orAbsent(z.string(), "default"),
	labels: orAbsent(labelsSchema, {}),
	annotations: orAbsent(labelsSchema, {}),
};

/** Metadata of a template: everything may be absent. */
export const templateMetadataSchema = (object: ObjectMaker) => object("ObjectMeta", common);

/** What a template without metadata has. */
export const UNNAMED: z.output<ReturnType<typeof templateMetadataSchema>> = {
	namespace: "default",
	labels: {},
	annotations: {},
};

const text = orAbsent(z.string(), "");
const ownerReference = z.object({
	apiVersion: text,
	kind: text,
	name: text,
	controller: orAbsent(z.boolean(), false),
});

const NAME_MESSAGE = "an object needs a name: write metadata.name";

/** Metadata of an object: it has a name. `creationTimestamp` is in microseconds since 1970, null when absent. */
export const objectMetadataSchema = lenientObject(
	"ObjectMeta",
	{
		...common,
		name: z.string({ error: NAME_MESSAGE }).min(1, { error: NAME_MESSAGE }),
		creationTimestamp: orAbsent(timestampSchema, null),
		ownerReferences: orAbsent(z.array(ownerReference), []),
	},
	{ error: NAME_MESSAGE },
);
