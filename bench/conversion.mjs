// What a conversion costs, for every table and a message of seven properties and four headers, and what a converted
// message costs beside one that stays in its format. All tables run in turns in one process, as they do in a broker.
//
//   node bench/conversion.mjs [name of a table, "mqtt-amqp091"]
import { runInOneFile } from "./run-in-one-file.mjs"

await runInOneFile(new URL("./in-one-file/conversion.mjs", import.meta.url))
