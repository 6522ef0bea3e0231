import { describe, expect, it } from "vitest"
import { octets, transformed } from "../testing/slot.ts"
import {
  deliveryModeToDurable,
  deliveryModeToQos,
  durableToDeliveryMode,
  durableToQos,
  qosToDeliveryMode,
  qosToDurable,
} from "./delivery-guarantee.ts"

describe("qosToDeliveryMode", () => {
  it.each([
    ["00", ["converted", "01"]],
    ["01", ["converted", "02"]],
    ["02", ["narrowed", "exactly-once", "02"]],
  ])("judges %s", (qos, expected) => {
    expect(transformed(qosToDeliveryMode, octets(qos))).toEqual(expected)
  })
})

describe("deliveryModeToQos", () => {
  it.each([
    ["01", ["converted", "00"]],
    ["02", ["converted", "01"]],
    ["00", ["narrowed", "unknown-delivery-mode", "00"]],
    ["03", ["narrowed", "unknown-delivery-mode", "00"]],
    ["ff", ["narrowed", "unknown-delivery-mode", "00"]],
  ])("judges %s", (mode, expected) => {
    expect(transformed(deliveryModeToQos, octets(mode))).toEqual(expected)
  })
})

describe("qosToDurable", () => {
  it.each([
    ["00", ["converted", "00"]],
    ["01", ["converted", "01"]],
    ["02", ["narrowed", "exactly-once", "01"]],
  ])("judges %s", (qos, expected) => {
    expect(transformed(qosToDurable, octets(qos))).toEqual(expected)
  })
})

describe("durable", () => {
  it.each([
    ["00", "00", "01"],
    ["01", "01", "02"],
  ])("%s is QoS %s and delivery mode %s", (durable, qos, mode) => {
    expect(transformed(durableToQos, octets(durable))).toEqual(["converted", qos])
    expect(transformed(durableToDeliveryMode, octets(durable))).toEqual(["converted", mode])
  })
})

describe("deliveryModeToDurable", () => {
  it.each([
    ["01", ["converted", "00"]],
    ["02", ["converted", "01"]],
    ["00", ["narrowed", "unknown-delivery-mode", "00"]],
    ["ff", ["narrowed", "unknown-delivery-mode", "00"]],
  ])("judges %s", (mode, expected) => {
    expect(transformed(deliveryModeToDurable, octets(mode))).toEqual(expected)
  })
})
