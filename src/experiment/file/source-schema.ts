import { type Catalogue, componentSchema } from "./component.js";

/** Something read from a trace: its format, with the parameters of that. */
export function sourceSchema(formats: Catalogue, description: string) {
	return componentSchema(formats, { key: "format", short: false, files: false, description });
}
