// Validates the AsyncAPI document: what the parser finds beyond hints is an error. With an argument, another document.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const file = process.argv[2] ?? new URL("../../docs/asyncapi.yaml", import.meta.url);
const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
const severities = ["error", "warning", "information", "hint"];
for (const d of diagnostics) {
  console.log(`${severities[d.severity]}: ${d.path.join("/")}: ${d.message} (${d.code})`);
}
if (!document || diagnostics.some((d) => d.severity < 2)) process.exit(1);
console.log(`AsyncAPI ${document.version()}: ${document.channels().length} channels, ${document.allMessages().length} messages, valid`);
