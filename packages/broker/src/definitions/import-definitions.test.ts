import { LOOPBACK, manualTurn, publishedMessage, SilentSession } from "@polymq/testkit"
import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import type { Log } from "../api/log.ts"
import { type BrokerCore, createBrokerCore } from "../broker-core.ts"
import { DefinitionsError } from "./definitions-error.ts"

const HASH = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"

let broker: BrokerCore
let warnings: (string | number | boolean | undefined)[]

beforeEach(() => {
  warnings = []
  const log: Log = {
    debug() {},
    info() {},
    warn: (_event, fields) => warnings.push(fields?.["reason"]),
    error() {},
  }
  broker = createBrokerCore({ turn: manualTurn(), log })
})

function accessTo(vhost: string, name = "anna"): Access {
  return broker.access(broker.connect(new SilentSession(), LOOPBACK, "test"), { name, tags: [] }, vhost)
}

function complaint(definitions: unknown): string {
  try {
    broker.importDefinitions(definitions)
  } catch (error) {
    if (error instanceof DefinitionsError) return error.message
    throw error
  }
  return "none"
}

const TOPIC_PERMISSION = { user: "guest", exchange: "amq.topic", write: "", read: "" }
const POLICY = { name: "p", pattern: ".*", definition: { expires: 5 } }

const FULL = {
  rabbit_version: "4.2.0",
  product_name: "RabbitMQ",
  users: [
    { name: "anna", password_hash: HASH, hashing_algorithm: "rabbit_password_hashing_sha256", tags: ["administrator"] },
    { name: "otto", password: "secret", tags: "monitoring, management" },
  ],
  vhosts: [{ name: "shop" }],
  permissions: [{ user: "anna", vhost: "shop", configure: ".*", write: ".*", read: ".*" }],
  topic_permissions: [{ user: "anna", vhost: "shop", exchange: "orders", write: "^shoes[.]", read: "" }],
  parameters: [
    {
      component: "operator_policy",
      name: "short",
      vhost: "shop",
      value: { pattern: "^new$", "apply-to": "queues", priority: 0, definition: { "max-length": 3 } },
    },
  ],
  global_parameters: [{ name: "cluster_name", value: "rabbit@vm" }],
  policies: [
    {
      name: "brief",
      vhost: "shop",
      pattern: "^all$",
      "apply-to": "quorum_queues",
      priority: 1,
      definition: { expires: 1000 },
    },
    { name: "any", vhost: "shop", pattern: ".*", definition: { "max-length": 5 } },
  ],
  exchanges: [
    { name: "orders", vhost: "shop", type: "topic", durable: true, auto_delete: false, internal: false, arguments: {} },
  ],
  queues: [
    { name: "new", vhost: "shop", durable: true, auto_delete: false, arguments: { "x-message-ttl": 60000 } },
    { name: "all", vhost: "shop", type: "quorum" },
  ],
  bindings: [
    { source: "orders", vhost: "shop", destination: "new", destination_type: "queue", routing_key: "*.new" },
    { source: "orders", vhost: "shop", destination: "amq.fanout", destination_type: "exchange", routing_key: "#" },
    { source: "amq.fanout", vhost: "shop", destination: "all", destination_type: "queue", routing_key: "" },
  ],
}

describe("definitions", () => {
  it("set up vhosts, users, permissions, topic permissions, exchanges, queues and bindings", async () => {
    broker.importDefinitions(FULL)
    const access = accessTo("shop")
    access.publish(publishedMessage("1", { exchange: "orders", routingKey: "shoes.new" }))
    expect(() => access.publish(publishedMessage("-", { exchange: "orders", routingKey: "hats.new" }))).toThrow(
      "write access to topic 'hats.new' in exchange 'orders' in vhost 'shop' refused for user 'anna'",
    )
    access.publish(publishedMessage("2", { exchange: "orders", routingKey: "shoes.paid" }))
    expect(broker.inspect("shop", "new")).toHaveLength(1)
    expect(broker.inspect("shop", "all")).toHaveLength(2)
    const credentials = { username: "anna", password: "test12" }
    const user = await new Promise((resolve) => broker.authenticate(credentials, LOOPBACK, resolve))
    expect(user).toMatchObject({ name: "anna", tags: ["administrator"] })
    expect(broker.users.find("otto")?.tags).toEqual(["monitoring", "management"])
  })

  it("can be imported again", () => {
    broker.importDefinitions(FULL)
    expect(complaint(FULL)).toBe("none")
  })

  it("say which sections are ignored", () => {
    broker.importDefinitions(FULL)
    expect(warnings).toEqual(["definitions: global_parameters: ignored, this version does not have it"])
  })

  it("set up policies and operator policies for the queues that come with them", () => {
    broker.importDefinitions(FULL)
    const access = accessTo("shop")
    expect(access.describeQueue("new")).toMatchObject({ policy: "any", operatorPolicy: "short" })
    expect(access.describeQueue("all")).toMatchObject({ policy: "brief", operatorPolicy: undefined })
    expect(broker.administer("shop").policies("policy")).toEqual([
      {
        name: "brief",
        pattern: "^all$",
        applyTo: "quorum_queues",
        priority: 1,
        definition: new Map([["expires", 1000]]),
      },
      { name: "any", pattern: ".*", applyTo: "all", priority: 0, definition: new Map([["max-length", 5]]) },
    ])
  })

  it("set up limits of vhosts and users, negative ones as none", () => {
    broker.importDefinitions({
      vhosts: [
        { name: "shop", limits: { "max-queues": 1, "max-connections": -1 } },
        { name: "old", limits: [] },
      ],
      users: [{ name: "anna", limits: { "max-connections": 1, "max-channels": 0 } }],
      permissions: [{ user: "anna", vhost: "shop", configure: ".*", write: ".*", read: ".*" }],
      parameters: [{ component: "vhost-limits", name: "limits", vhost: "/", value: { "max-connections": 0 } }],
      queues: [{ name: "one", vhost: "shop" }],
    })
    const access = accessTo("shop")
    expect(() => accessTo("shop")).toThrow("user connection limit (1) is reached")
    expect(() => access.openChannel()).toThrow("limit of 0")
    expect(() => accessTo("/", "guest")).toThrow("connection limit (0) is reached")
    expect(complaint({ queues: [{ name: "two", vhost: "shop" }] })).toMatch(
      /^definitions: queues\[0\]: cannot declare queue 'two': queue limit in vhost 'shop' \(1\) is reached/,
    )
    broker.importDefinitions({ vhosts: [{ name: "shop" }], users: [{ name: "anna" }] })
    expect(() => access.openChannel()).toThrow("limit of 0")
  })

  it.each([
    [{ default_queue_type: "quorum" }, "quorum"],
    [{ metadata: { default_queue_type: "quorum" } }, "quorum"],
    [{ default_queue_type: "undefined", metadata: { description: "" } }, undefined],
    [{ default_queue_type: "classic" }, undefined],
    [{}, undefined],
  ])("set the type of queues that have none for vhosts with %j", (facts, expected) => {
    broker.importDefinitions({
      vhosts: [{ name: "shop", ...facts }],
      permissions: [{ user: "guest", vhost: "shop", configure: ".*", write: ".*", read: ".*" }],
      queues: [{ name: "q", vhost: "shop" }],
    })
    const { settings } = accessTo("shop", "guest").describeQueue("q")
    expect(settings.arguments.get("x-queue-type")).toBe(expected)
  })

  it("say which parameters are ignored", () => {
    broker.importDefinitions({ parameters: [{ component: "shovel", name: "s", vhost: "/", value: {} }] })
    expect(warnings).toEqual(["definitions: parameters[0]: ignored, this version does not have shovel"])
  })

  it("give no rights but those they name", () => {
    broker.importDefinitions(FULL)
    expect(() => accessTo("shop", "otto")).toThrow("access to vhost 'shop' refused for user 'otto'")
    expect(() => accessTo("/")).toThrow("access to vhost '/' refused for user 'anna'")
    expect(() => accessTo("none")).toThrow("vhost 'none' not found")
  })

  it.each([
    ["nothing", 'definitions: document: must be an object (received "nothing")'],
    [{ queues: {} }, "definitions: queues: must be an array (received an object)"],
    [{ queues: [{}] }, "definitions: queues[0].name: must be a string (missing)"],
    [
      { queues: [{ name: "q", durable: "yes" }] },
      'definitions: queues[0].durable: must be true or false (received "yes")',
    ],
    [
      { queues: [{ name: "q", vhost: "none" }] },
      'definitions: queues[0].vhost: must be the name of a vhost in vhosts (received "none")',
    ],
    [
      { exchanges: [{ name: "x", type: "odd" }] },
      'definitions: exchanges[0].type: must be one of direct, fanout, topic, headers (received "odd")',
    ],
    [
      { users: [{ name: "u", password_hash: "AAAA" }] },
      "definitions: users[0].password_hash: must be base64 of salt and hash as rabbit_password_hashing_sha256 makes them (received something else)",
    ],
    [
      { users: [{ name: "u", password_hash: HASH, hashing_algorithm: "rabbit_password_hashing_md5" }] },
      'definitions: users[0].hashing_algorithm: must be one of rabbit_password_hashing_sha256, rabbit_password_hashing_sha512, polymq_scrypt; set a password instead (received "rabbit_password_hashing_md5")',
    ],
    [
      { permissions: [{ user: "none", vhost: "/" }] },
      'definitions: permissions[0].user: must be the name of a user in users (received "none")',
    ],
  ])("%j are refused by place and reason", (definitions, expected) => {
    expect(complaint(definitions)).toBe(expected)
  })

  it.each([
    ["vhosts", {}, "name", 5],
    ["vhosts", { name: "v" }, "default_queue_type", "stream"],
    ["vhosts", { name: "v" }, "limits", "none"],
    ["vhosts", { name: "v" }, "metadata", 1],
    ["parameters", { component: "vhost-limits" }, "value", 3],
    ["users", {}, "name", null],
    ["users", { name: "u" }, "limits", 3],
    ["users", { name: "u" }, "tags", { a: 1 }],
    ["users", { name: "u" }, "password", 5],
    ["users", { name: "u" }, "password_hash", []],
    ["users", { name: "u", password_hash: HASH }, "hashing_algorithm", 7],
    ["permissions", {}, "user", 1],
    ["permissions", { user: "guest" }, "configure", true],
    ["permissions", { user: "guest", configure: "" }, "write", "*"],
    ["permissions", { user: "guest", configure: "", write: "" }, "read", undefined],
    ["permissions", { user: "guest", configure: "", write: "", read: "" }, "vhost", "none"],
    ["topic_permissions", TOPIC_PERMISSION, "user", "none"],
    ["topic_permissions", TOPIC_PERMISSION, "vhost", "none"],
    ["topic_permissions", TOPIC_PERMISSION, "exchange", null],
    ["topic_permissions", TOPIC_PERMISSION, "write", "["],
    ["topic_permissions", TOPIC_PERMISSION, "read", undefined],
    ["parameters", {}, "component", 1],
    ["parameters", { component: "operator_policy" }, "value", "x"],
    ["policies", POLICY, "name", 1],
    ["policies", POLICY, "vhost", "none"],
    ["policies", POLICY, "pattern", "("],
    ["policies", POLICY, "pattern", undefined],
    ["policies", POLICY, "priority", "high"],
    ["policies", POLICY, "apply-to", "bindings"],
    ["policies", POLICY, "definition", []],
    ["policies", POLICY, "definition", undefined],
    ["exchanges", {}, "name", 1],
    ["exchanges", { name: "x" }, "type", 1],
    ["exchanges", { name: "x", type: "topic" }, "durable", "true"],
    ["exchanges", { name: "x", type: "topic" }, "auto_delete", 0],
    ["exchanges", { name: "x", type: "topic" }, "internal", "never"],
    ["exchanges", { name: "x", type: "topic" }, "arguments", []],
    ["exchanges", { name: "x", type: "topic" }, "vhost", {}],
    ["queues", {}, "name", ""],
    ["queues", { name: "q" }, "type", 3],
    ["queues", { name: "q" }, "durable", 1],
    ["queues", { name: "q" }, "auto_delete", "no"],
    ["queues", { name: "q" }, "arguments", "none"],
    ["bindings", { destination_type: "queue" }, "source", 1],
    ["bindings", { source: "amq.topic" }, "destination_type", "session"],
    ["bindings", { source: "amq.topic", destination_type: "queue" }, "destination", null],
    ["bindings", { source: "amq.topic", destination_type: "queue", destination: "q" }, "routing_key", 1],
    ["bindings", { source: "amq.topic", destination_type: "queue", destination: "q" }, "arguments", 1],
  ])(
    "with a wrong member in %s %j are refused by its path and what it must be: %s %j",
    (section, element, member, value) => {
      const wrong = { ...element, [member]: value }
      expect(complaint({ [section]: [wrong] })).toMatch(
        new RegExp(`^definitions: ${section}\\[0\\]\\.${member}: must (be|not be) .+ \\((received .+|missing)\\)$`),
      )
    },
  )

  it("of arguments nested without end are refused by place", () => {
    const nested = (levels: number) => JSON.parse(`${'{"a":['.repeat(levels)}1${"]}".repeat(levels)}`)
    expect(complaint({ queues: [{ name: "q", arguments: nested(32) }] })).toBe("none")
    expect(complaint({ queues: [{ name: "p", arguments: nested(33) }] })).toMatch(
      /^definitions: queues\[0\]\.arguments\.a\[0\].*: must not be nested deeper than 64 levels \(received an object\)$/,
    )
    expect(complaint({ queues: [{ name: "p", arguments: nested(50_000) }] })).toContain("nested deeper")
  })

  it("name the place of what the broker refuses", () => {
    const bad = (definitions: unknown) => complaint(definitions)
    expect(bad({ queues: [{ name: "q", arguments: { "x-message-ttl": -1 } }] })).toMatch(
      /^definitions: queues\[0\]: invalid arg 'x-message-ttl' for queue 'q' in vhost '\/'/,
    )
    expect(bad({ bindings: [{ source: "amq.fanout", destination: "none", destination_type: "queue" }] })).toMatch(
      /^definitions: bindings\[0\]: no queue 'none' in vhost '\/'/,
    )
    expect(bad({ permissions: [{ user: "guest", vhost: "/", configure: "(", write: "", read: "" }] })).toMatch(
      /^definitions: permissions\[0\]\.configure: must be a regular expression \(received "\("\)$/,
    )
  })

  it.each([
    [
      "policies",
      { ...POLICY, definition: { "max-priority": 3 } },
      /^definitions: policies\[0\]\.definition\.max-priority: 'max-priority' is not a key of policies, which are .*\(received 3\)$/,
    ],
    [
      "policies",
      { ...POLICY, definition: { expires: "1h" } },
      /^definitions: policies\[0\]\.definition\.expires: 'expires' must be a positive integer, not '1h' \(received "1h"\)$/,
    ],
    ["policies", { ...POLICY, definition: {} }, /^definitions: policies\[0\]: the definition must not be empty/],
    ["policies", { ...POLICY, name: "" }, /^definitions: policies\[0\]: a policy needs a name/],
    [
      "parameters",
      { component: "operator_policy", name: "o", value: { ...POLICY, definition: { "dead-letter-exchange": "" } } },
      /^definitions: parameters\[0\]\.value\.definition\.dead-letter-exchange: 'dead-letter-exchange' is not a key of operator policies/,
    ],
    [
      "parameters",
      { component: "operator_policy", name: "o", value: { pattern: 5 } },
      /^definitions: parameters\[0\]\.value\.definition: must be an object \(missing\)$/,
    ],
    [
      "vhosts",
      { name: "v", limits: { "max-exchanges": 1 } },
      /^definitions: vhosts\[0\]\.limits\.max-exchanges: is no limit, which are max-connections, max-queues \(received 1\)$/,
    ],
    [
      "users",
      { name: "u", limits: { "max-queues": 1 } },
      /^definitions: users\[0\]\.limits\.max-queues: is no limit, which are max-connections, max-channels/,
    ],
    [
      "users",
      { name: "u", limits: { "max-channels": "1" } },
      /^definitions: users\[0\]\.limits\.max-channels: must be a number \(received "1"\)$/,
    ],
    [
      "parameters",
      { component: "vhost-limits", value: { "max-queues": 1.5 } },
      /^definitions: parameters\[0\]\.value\.max-queues: must be a whole number \(received 1\.5\)$/,
    ],
  ])("of %s with %j are refused by place and reason", (section, element, expected) => {
    expect(complaint({ [section]: [element] })).toMatch(expected)
  })

  it("of any shape are applied or refused by place", () => {
    const names = [
      ...["name", "vhost", "user", "type", "arguments", "tags", "password_hash", "destination_type", "source"],
      ...["component", "value", "pattern", "write", "read", "exchange", "definition", "apply-to", "priority"],
      ...["limits", "default_queue_type", "metadata"],
    ]
    const element = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), fc.jsonValue()))
    const section = fc.constantFrom(
      ...[
        "users",
        "vhosts",
        "permissions",
        "topic_permissions",
        "parameters",
        "policies",
        "exchanges",
        "queues",
        "bindings",
        "other",
      ],
    )
    fc.assert(
      fc.property(fc.dictionary(section, fc.oneof(fc.jsonValue(), fc.array(element))), (definitions) => {
        expect(complaint(definitions)).toMatch(/^(none$|definitions: )/)
      }),
      { numRuns: 200 },
    )
  })

  it("do not mistake members of every object for their own", () => {
    expect(complaint(JSON.parse('{"__proto__": [1], "constructor": [1]}'))).toBe("none")
    expect(warnings).toHaveLength(2)
  })
})
