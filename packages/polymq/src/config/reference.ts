import { listSettings } from "./settings.ts"

/** The text of docs/reference/configuration.md, printed from the schema. */
export function configurationReference(): string {
  const rows = listSettings().map(({ path, variable, expects, default: value, description }) => {
    const cells = [
      `\`${path.join(".")}\``,
      `\`${variable}\``,
      expects,
      value === undefined || (Array.isArray(value) && value.length === 0) ? "" : `\`${String(value)}\``,
      description,
    ]
    return `| ${cells.join(" | ")} |`
  })
  return `${INTRODUCTION}
| key | environment variable | value | default | meaning |
|---|---|---|---|---|
${rows.join("\n")}
${CONCLUSION}`
}

const INTRODUCTION = `# Configuration

This page is printed from the schema that checks the configuration; a test compares the two.

\`polymq start\` takes settings from four places. Flags win over environment variables, those over the file that
\`--config\` (or \`POLYMQ_CONFIG\`) names, and the file over the defaults. The file is YAML:

\`\`\`yaml
listeners:
  amqp:
    port: 5672
  mqtt:
    port: 1883
    host: 0.0.0.0
tls:
  certificate: server.pem
  key: server-key.pem
definitions: definitions.json
limits:
  maxMessageBytes: 1048576
\`\`\`

A key that does not exist is an error that names the file, the line and the key that was probably meant.

## Settings
`

const CONCLUSION = `
\`RABBITMQ_DEFAULT_USER\` and \`RABBITMQ_DEFAULT_PASS\` are understood as the name and password of the default user.

## Flags of \`polymq start\`

| flag | sets |
|---|---|
| \`--config FILE\` | which file is read |
| \`--amqp PORT\` or \`--amqp off\` | \`listeners.amqp.port\` |
| \`--mqtt PORT\` or \`--mqtt off\` | \`listeners.mqtt.port\` |
| \`--ws\`, \`--amqps\`, \`--mqtts\`, \`--wss\` likewise | \`listeners.ws.port\` and so on |
| \`--certificate FILE\` and \`--key FILE\` | \`tls.certificate\` and \`tls.key\` |
| \`--host HOST\` | the \`host\` of every listener |
| \`--memory\` | nothing: messages are kept in memory, as they are without it |
| \`--json\` | nothing: says on one line of JSON that the broker is ready |
`
