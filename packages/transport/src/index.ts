export type { ListenAddress } from "./bind-server.ts"
export { EventLoopTurn, type EventLoopTurnOptions } from "./event-loop-turn.ts"
export { ListenError } from "./listen-error.ts"
export { type Listening, Transport, type TransportOptions } from "./transport.ts"
