/** Claims, volumes and classes of the API server as schedulers read them. */
import { persistentVolumeSchema, type Storage, storageClassSchema, volumeClaimSchema } from "../objects/storage.js";
import { type ApiObject, keyOf } from "./api-object.js";
import type { ApiServer } from "./api-server.js";

/** `limits`: volumes that nodes take, which nobody changes. */
export function storageOf(server: ApiServer, limits: Storage["limits"]): Storage {
	const read = <Value>(kind: string, schema: Schema<Value>) =>
		new Map([...server.list(kind)].map((object) => [nameOf(object), schemaOf(schema, object)] as const));
	return {
		claims: read("PersistentVolumeClaim", volumeClaimSchema),
		volumes: read("PersistentVolume", persistentVolumeSchema),
		classes: read("StorageClass", storageClassSchema),
		limits,
	};
}

interface Schema<Value> {
	readonly parse: (value: unknown) => Value;
}

/** Objects never change: each is read once. */
function schemaOf<Value>(schema: Schema<Value>, object: ApiObject): Value {
	let value = known.get(object) as Value | undefined;
	if (value === undefined) {
		const { kind, metadata, spec, status } = object;
		const fields = kind === "StorageClass" ? (spec as object) : { spec };
		const { namespace, name, labels, annotations } = metadata;
		const named = { name, labels, annotations, ...(namespace !== "" && { namespace }) };
		value = schema.parse({ ...fields, metadata: named, status: status ?? undefined });
		known.set(object, value);
	}
	return value;
}

function nameOf(object: ApiObject): string {
	return object.metadata.namespace === "" ? object.metadata.name : keyOf(object);
}

const known = new WeakMap<ApiObject, unknown>();
