import { defineConfig } from "vitest/config"

// Without "import", which Vite knows by itself: Node would take it for `require`, too, and give CommonJS clients other files.
const conditions = ["source", "module", "node"]

/** Tests run the TypeScript sources of every package: the `source` export condition is resolved before `default`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
