// Nanoseconds that a format takes to check, list, build and render the properties of a typical message.
//
//   node bench/message-formats.mjs
import { runInOneFile } from "./run-in-one-file.mjs"

await runInOneFile(new URL("./in-one-file/message-formats.mjs", import.meta.url))
