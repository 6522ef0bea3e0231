import { expect, it } from "vitest"
import { isPem, pemBlocks } from "./pem-blocks.ts"

const block = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----`

it("finds every block and what it says it is, whatever stands between them", () => {
  const text = `# comment\n${block("CERTIFICATE")}\nsubject=x\r\n${block("EC PRIVATE KEY")}\n-----BEGIN CERTIFICATE-----\nAA`
  expect(pemBlocks(text)).toEqual([
    { label: "CERTIFICATE", text: block("CERTIFICATE") },
    { label: "EC PRIVATE KEY", text: block("EC PRIVATE KEY") },
  ])
})

it("tells PEM text from the path of a file", () => {
  expect([isPem(block("CERTIFICATE")), isPem("/etc/polymq/BEGIN/server.pem")]).toEqual([true, false])
})
