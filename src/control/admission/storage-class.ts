/** Claims that name no class are of the default one, the youngest if there are several (admission plugin DefaultStorageClass). */
import type { Admission, ApiServer } from "../api-server.js";
import type { PersistentVolumeClaimSpec } from "../kinds/persistent-volume-claim.js";
import { DEFAULT_CLASS } from "../kinds/storage-class.js";

export function defaultStorageClass(server: ApiServer): Admission {
	return (draft) => {
		if (draft.kind !== "PersistentVolumeClaim") return draft;
		const spec = draft.spec as PersistentVolumeClaimSpec;
		if (spec.storageClassName !== null) return draft;
		const classes = [...server.list("StorageClass")].filter(
			({ metadata }) => metadata.annotations[DEFAULT_CLASS] === "true",
		);
		const name = classes.at(-1)?.metadata.name;
		return name === undefined ? draft : { ...draft, spec: { ...spec, storageClassName: name } };
	};
}
