import { type Access, BrokerError } from "@polymq/broker"
import { CONDITION } from "../codec/constants.ts"
import { Amqp10Error } from "../errors.ts"
import { textValue } from "./arguments.ts"
import { Refusal } from "./refusal.ts"
import type { Request } from "./request.ts"
import { parseRequestTarget } from "./request-target.ts"
import type { Response } from "./response.ts"
import type { Route } from "./route.ts"
import { ROUTES } from "./routes.ts"

/** The reply address that means the other link of the pair (Link Pair 1.0, 2.1). */
const REPLY_TO_PAIR = "$me"

/**
 * Does what a request asks for. Raises `Amqp10Error` of the session when the user may not do it, which is how clients for
 * RabbitMQ expect to hear of that.
 */
export function answerRequest(access: Access, { method, target, replyTo, body }: Request): Response {
  try {
    if (method === undefined) throw new Refusal(400, "a request needs a method: the property subject")
    if (target === undefined) throw new Refusal(400, "a request needs a path: the property to")
    if (replyTo !== REPLY_TO_PAIR) {
      throw new Refusal(400, `a request is answered on its link pair: the property reply-to has to be ${REPLY_TO_PAIR}`)
    }
    const { segments, query } = parseRequestTarget(target)
    const route = routeOf(method, segments)
    if (body.type !== route.body) {
      throw new Refusal(400, `${method} ${target} with a body of type ${body.type}, not ${route.body}`)
    }
    const segment = segments[route.path.findIndex(isVariable)] ?? ""
    return answerRoute(route, () => route.answer({ access, segment, query, body }))
  } catch (error) {
    if (error instanceof Refusal) return refusalResponse(error)
    throw error
  }
}

/** The response to a request that is refused. */
export function refusalResponse({ status, message }: Refusal): Response {
  return { status, body: textValue(message) }
}

function routeOf(method: string, segments: readonly string[]): Route {
  const there = ROUTES.filter(({ path }) => isPath(path, segments))
  const route = there.find((each) => each.method === method)
  if (route !== undefined) return route
  const path = segments.join("/")
  if (there.length === 0) throw new Refusal(404, `there is nothing at '/${path}'`)
  throw new Refusal(405, `'/${path}' can be asked for ${there.map((each) => each.method).join(", ")}, not '${method}'`)
}

function isPath(path: readonly string[], segments: readonly string[]): boolean {
  return path.length === segments.length && path.every((part, at) => isVariable(part) || part === segments[at])
}

function isVariable(part: string): boolean {
  return part.startsWith(":")
}

function answerRoute(route: Route, answer: () => Response): Response {
  try {
    return answer()
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    if (error.code === "ACCESS_REFUSED") {
      throw new Amqp10Error("session", CONDITION.unauthorizedAccess, error.message)
    }
    throw new Refusal(route.refusals?.[error.code] ?? 400, error.message)
  }
}
