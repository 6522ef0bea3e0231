import { defineCommand } from "citty"
export const startCommand = defineCommand({ meta: { name: "start" } })
