import { defineConfig } from "vitest/config"

const conditions = ["source", "module", "node", "import"]

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
