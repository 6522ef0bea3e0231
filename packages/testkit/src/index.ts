export { type ManualTurn, manualTurn } from "./manual-turn.ts"
export { publishedMessage, publishedToTopic } from "./published-message.ts"
export { type ConsumerBehaviour, RecordingConsumer } from "./recording-consumer.ts"
export { SilentSession } from "./silent-session.ts"
