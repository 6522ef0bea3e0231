import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { Stage } from "../testing/stage.ts"

let stage: Stage

beforeEach(() => {
  stage = new Stage(manualTurn())
})

describe("a connection", () => {
  it("refuses a vhost that has as many connections as it may with 530, until one ends", () => {
    const first = stage.connect().open()
    stage.broker.administer("/").setLimits({ maxConnections: 1, maxQueues: 0 })
    const client = stage.connect()
    client.login()
    client.send(0, "connection.tune-ok", { channelMax: 2047, frameMax: 131_072, heartbeat: 0 })
    expect(client.ask(0, "connection.open", { virtualHost: "/" })).toMatchObject([
      [
        0,
        "connection.close",
        {
          replyCode: 530,
          replyText: "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (1) is reached",
        },
      ],
    ])
    first.session.lost()
    expect(stage.connect().open({ channels: [] }).ask(1, "channel.open")).toMatchObject([[1, "channel.open-ok", {}]])
  })

  it("ends with 530 when its user has as many channels as they may, whoever has closed them", () => {
    stage.broker.users.limit("guest", { maxConnections: 9, maxChannels: 2 })
    const other = stage.connect().open({ channels: [1] })
    const client = stage.connect().open({ channels: [1] })
    client.ask(1, "basic.ack", { deliveryTag: 7 })
    client.ask(1, "channel.close-ok")
    expect(client.ask(1, "channel.open")).toMatchObject([[1, "channel.open-ok", {}]])
    client.ask(1, "channel.close")
    expect(client.ask(2, "channel.open")).toMatchObject([[2, "channel.open-ok", {}]])
    expect(client.ask(3, "channel.open")).toMatchObject([
      [
        0,
        "connection.close",
        {
          replyCode: 530,
          replyText:
            "NOT_ALLOWED - number of channels opened for user 'guest' has reached the maximum allowed user limit of 2",
        },
      ],
    ])
    expect(other.ask(2, "channel.open")).toMatchObject([[2, "channel.open-ok", {}]])
  })
})
