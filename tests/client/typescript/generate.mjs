// Writes the types of a service: node generate.mjs openapi.json staydown.d.ts
// A file is a Blob, not the text that JSON would have in its place; nothing else is changed.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const BLOB = ts.factory.createTypeReferenceNode("Blob");
const [, , description, types] = process.argv;
const written = await openapiTS(JSON.parse(await readFile(description, "utf8")), {
  transform: (schema) =>
    schema.format === "binary" || schema.contentMediaType === "application/octet-stream" ? BLOB : undefined,
});
await writeFile(types, astToString(written));
