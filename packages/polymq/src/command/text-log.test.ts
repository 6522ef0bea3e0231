import { expect, it } from "vitest"
import { textLog } from "./text-log.ts"

const NOON = new Date(2026, 0, 2, 12, 0, 7)

function linesAt(level: string): { readonly log: ReturnType<typeof textLog>; readonly lines: string[] } {
  const lines: string[] = []
  return {
    log: textLog(
      level,
      (line) => lines.push(line),
      () => NOON,
    ),
    lines,
  }
}

it("shows an event and its fields on one line", () => {
  const { log, lines } = linesAt("info")
  log.info("connection closed", { protocol: "mqtt", port: 17, user: undefined, reason: "the peer closed it" })
  log.warn("alarm")
  expect(lines).toEqual([
    '12:00:07 info  connection closed protocol=mqtt port=17 reason="the peer closed it"\n',
    "12:00:07 warn  alarm\n",
  ])
})

it("leaves out what is below its level", () => {
  const { log, lines } = linesAt("warn")
  log.debug("a")
  log.info("b")
  log.error("c")
  expect(lines).toEqual(["12:00:07 error c\n"])
  const silent = linesAt("silent")
  silent.log.error("d")
  expect(silent.lines).toEqual([])
})

it("lets no control character through", () => {
  const { log, lines } = linesAt("info")
  log.info("x", { topic: "\u001b[2J", name: "a\u009bb\nc", plain: 'say "hi"' })
  expect(lines).toEqual(['12:00:07 info  x topic="\\u001b[2J" name="a?b\\nc" plain="say \\"hi\\""\n'])
})
