export type { Access, Receipt } from "./api/access.ts"
export type { Administration, Policy, PolicyKind, PolicyScope } from "./api/administration.ts"
export { type Argument, type Arguments, NO_ARGUMENTS } from "./api/arguments.ts"
export type { Broker, Connection, User } from "./api/broker.ts"
export type {
  ClientSession,
  SessionConsumer,
  SessionRequest,
  SubscriptionOptions,
  UnreleasedPublishes,
  Will,
} from "./api/client-session.ts"
export type { CancelReason, Consumer } from "./api/consumer.ts"
export type { Door, Outbound, PauseReason, Peer, Reservation, Session } from "./api/door.ts"
export type { Entry, Match, Outcome } from "./api/entry.ts"
export { BrokerError, type BrokerErrorCode, type ErrorScope } from "./api/errors.ts"
export type { Holder } from "./api/holder.ts"
export { DEFAULT_LIMITS, type Limits } from "./api/limits.ts"
export { type Log, type LogFields, SILENT, stackOf } from "./api/log.ts"
export { PRODUCT } from "./api/product.ts"
export type { LogId, Store, StoreContents, StoredMessage, Ticket } from "./api/store.ts"
export type {
  Binding,
  ExchangeSettings,
  ExchangeType,
  QueueDetails,
  QueueSettings,
  QueueStatus,
} from "./api/topology.ts"
export type { Deferred, Timer, Turn } from "./api/turn.ts"
export { identityOf as argumentsIdentity } from "./argument-identity.ts"
export { BrokerCore, type BrokerOptions, createBrokerCore, type DefaultUser } from "./broker-core.ts"
export type { Counters } from "./counters.ts"
export { DefinitionsError } from "./definitions/definitions-error.ts"
export { QUEUE_TYPES, type QueueType } from "./queue/queue-type.ts"
export { quorumFault } from "./queue/quorum-fault.ts"
export { parseSharedFilter, type SharedFilter } from "./session/shared-filter.ts"
export { MemoryStore } from "./store/memory-store.ts"
export { hashPassword } from "./users/password.ts"
export type { Permission, Right } from "./users/permission.ts"
export type { TopicPermission, TopicRight } from "./users/topic-permission.ts"
export type { UserLimits } from "./users/user-limits.ts"
export type { Credential, UserRegistry, UserSettings } from "./users/user-registry.ts"
export type { VhostLimits } from "./vhost-limits.ts"
