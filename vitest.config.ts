// Every test runs on the embedded database, and again on the Postgres that TEST_DATABASE_URL names, if it does.
import { defineConfig } from 'vitest/config'

const on = (database: 'embedded' | 'postgres') => ({
  test: {
    name: database,
    include: ['test/**/*.test.ts'],
    env: { NODE_ENV: 'test', TEST_ON: database },
    // Patience costs nothing where all is well: a machine that is busy with something else fails no test by that.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } }
  }
})

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: process.env['TEST_DATABASE_URL'] ? [on('embedded'), on('postgres')] : [on('embedded')]
  }
})
