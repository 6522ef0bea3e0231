export { type ManualTurn, manualTurn } from "./manual-turn.ts"
