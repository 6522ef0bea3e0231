import { BrokerError } from "@polymq/broker"

/** What the broker refuses an operation with, as "CODE: text"; "allowed" when it does not. Other errors are raised. */
export function refusal(operation: () => unknown): string {
  try {
    operation()
  } catch (error) {
    if (error instanceof BrokerError) return `${error.code}: ${error.message}`
    throw error
  }
  return "allowed"
}
