/** The part of Apache Arrow's library that writes: types, schemas, and the metadata of messages and files. */
export { FileBlock, Footer } from "apache-arrow/ipc/metadata/file";
export { DictionaryBatch, Message, RecordBatch } from "apache-arrow/ipc/metadata/message";
export { Field, Schema } from "apache-arrow/schema";
export { Bool, Dictionary, Float64, Int32, Int64, Uint8, Utf8 } from "apache-arrow/type";
