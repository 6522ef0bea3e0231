import { deleteBinding, getBindings, postBinding } from "./bindings.ts"
import { deleteExchange, putExchange } from "./exchanges.ts"
import { deleteQueue, getQueue, purgeQueue, putQueue } from "./queues.ts"
import { NO_CONTENT } from "./response.ts"
import type { Route } from "./route.ts"

/** What the management node can be asked for, as RabbitMQ 4.3 has it. */
export const ROUTES: readonly Route[] = [
  { method: "GET", path: ["queues", ":name"], body: "null", answer: getQueue },
  {
    method: "PUT",
    path: ["queues", ":name"],
    body: "map",
    refusals: { PRECONDITION_FAILED: 409, LIMIT_EXCEEDED: 403 },
    answer: putQueue,
  },
  { method: "DELETE", path: ["queues", ":name"], body: "null", answer: deleteQueue },
  {
    method: "DELETE",
    path: ["queues", ":name", "messages"],
    body: "null",
    refusals: { NOT_FOUND: 404 },
    answer: purgeQueue,
  },
  {
    method: "PUT",
    path: ["exchanges", ":name"],
    body: "map",
    refusals: { PRECONDITION_FAILED: 409 },
    answer: putExchange,
  },
  { method: "DELETE", path: ["exchanges", ":name"], body: "null", answer: deleteExchange },
  { method: "POST", path: ["bindings"], body: "map", answer: postBinding },
  { method: "GET", path: ["bindings"], body: "null", answer: getBindings },
  { method: "DELETE", path: ["bindings", ":location"], body: "null", answer: deleteBinding },
  // A token replaces another one; a user who logged in with a password has none, and stays who they are.
  { method: "PUT", path: ["auth", "tokens"], body: "binary", answer: () => NO_CONTENT },
]
